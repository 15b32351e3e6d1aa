/** How ONNX's ops that look between elements are read: Resize and its ancestors. */
import { z } from "zod";
import { formatF32 } from "../../../base/numbers.js";
import {
  flag,
  float,
  floats,
  integers,
  layer,
  refuse,
  row,
  type Row,
  type Site,
  type Value,
} from "../importSite.js";
import { numbers } from "./constant.js";

const MODES = ["nearest", "linear", "cubic"] as const;

const COORDINATES = {
  half_pixel: "halfPixel",
  half_pixel_symmetric: "halfPixelSymmetric",
  pytorch_half_pixel: "pytorchHalfPixel",
  asymmetric: "asymmetric",
  align_corners: "alignCorners",
  tf_crop_and_resize: "tfCropAndResize",
  tf_half_pixel_for_nn: "halfPixel",
} as const;
type Coordinates = keyof typeof COORDINATES;

const ROUNDING = {
  round_prefer_floor: "roundPreferFloor",
  round_prefer_ceil: "roundPreferCeil",
  floor: "floor",
  ceil: "ceil",
} as const;
type Rounding = keyof typeof ROUNDING;

const POLICIES = {
  stretch: "stretch",
  not_larger: "notLarger",
  not_smaller: "notSmaller",
} as const;

const RESIZE = {
  mode: z.enum(MODES).default("nearest"),
  coordinate_transformation_mode: z
    .enum(Object.keys(COORDINATES) as [Coordinates, ...Coordinates[]])
    .default("half_pixel"),
  nearest_mode: z
    .enum(Object.keys(ROUNDING) as [Rounding, ...Rounding[]])
    .default("round_prefer_floor"),
  cubic_coeff_a: float.default(-0.75),
  exclude_outside: flag.default(false),
  extrapolation_value: float.default(0),
  antialias: flag.default(false),
  axes: integers.optional(),
  keep_aspect_ratio_policy: z.enum(["stretch", "not_larger", "not_smaller"]).default("stretch"),
};
type Resize = z.output<z.ZodObject<typeof RESIZE>>;

/** One of sizes and scales counts; before opset 13 the other one is an empty list. Of opset 10 there are scales alone. */
function resize({ inputs, attributes, constant }: Site<Resize>): Value {
  const [x, roi, scales, sizes] = inputs;
  const { coordinate_transformation_mode: coordinates, mode } = attributes;
  const given = (input: number, operand: Value | undefined): Value | undefined =>
    constant(input)?.data.length === 0 ? undefined : operand;
  const bySizes = given(3, sizes);
  const byScales = bySizes === undefined ? given(2, scales) : undefined;
  const listed = byScales === undefined ? undefined : decimals(constant(2));
  const crops = coordinates === "tf_crop_and_resize";
  const operands = [x, bySizes, listed === undefined ? byScales : undefined];
  return layer("resize", crops ? [...operands, roi] : operands, {
    scales: listed,
    mode,
    coordinates: COORDINATES[coordinates],
    nearest: roundingOf(attributes),
    axes: attributes.axes,
    ...(mode === "cubic" ? { cubicCoeffA: attributes.cubic_coeff_a } : {}),
    ...(attributes.exclude_outside ? { excludeOutside: true } : {}),
    ...(attributes.antialias ? { antialias: true } : {}),
    ...(crops ? { extrapolationValue: attributes.extrapolation_value } : {}),
    ...(attributes.keep_aspect_ratio_policy === "stretch"
      ? {}
      : { keepAspectRatioPolicy: POLICIES[attributes.keep_aspect_ratio_policy] }),
  });
}

/** tf_half_pixel_for_nn is half a pixel beyond half_pixel, which other rounding makes good. */
function roundingOf({ nearest_mode, mode, coordinate_transformation_mode }: Resize): string {
  if (coordinate_transformation_mode !== "tf_half_pixel_for_nn") return ROUNDING[nearest_mode];
  if (mode === "nearest" && nearest_mode === "floor") return "roundPreferCeil";
  if (mode === "nearest" && nearest_mode === "round_prefer_floor") return "ceil";
  return refuse(
    `tf_half_pixel_for_nn with ${mode} and ${nearest_mode}`,
    "use half_pixel, or nearest with floor",
  );
}

/** Scales as they were meant: 0.7, of which ten are seven, and not the f32 just below. */
function decimals(value: { readonly data: ArrayLike<number | bigint> } | undefined) {
  return value && Array.from(value.data, (scale) => Number(formatF32(Number(scale))));
}

interface Upsample {
  readonly mode: (typeof MODES)[number];
  readonly scales?: readonly number[] | undefined;
}

/** Until opset 10 coordinates are plain quotients, rounded down where the output is larger, up where it is smaller. */
function upsample({ inputs, attributes, value }: Site<Upsample>): Value {
  const scales = attributes.scales ?? decimals({ data: numbers(value(1)) })!;
  const grows = scales.every((scale) => scale >= 1);
  if (!grows && attributes.mode === "nearest" && scales.some((scale) => scale > 1)) {
    refuse("nearest neighbours of some dimensions larger and others smaller", "use opset 11");
  }
  return layer("resize", inputs.slice(0, 1), {
    scales,
    mode: attributes.mode,
    coordinates: "asymmetric",
    nearest: grows ? "floor" : "ceil",
  });
}

/** Opset 20 has other words for the same. */
const GRID_MODES = {
  bilinear: "linear",
  linear: "linear",
  nearest: "nearest",
  bicubic: "cubic",
  cubic: "cubic",
} as const;
type GridMode = keyof typeof GRID_MODES;

const ROI_ALIGN = {
  mode: z.enum(["avg", "max"]).default("avg"),
  output_height: z.int().min(1).default(1),
  output_width: z.int().min(1).default(1),
  sampling_ratio: z.int().min(0).default(0),
  spatial_scale: float.default(1),
  coordinate_transformation_mode: z.enum(["half_pixel", "output_half_pixel"]).default("half_pixel"),
};

/** Until opset 16 there is no half pixel. */
function roiAlign({ inputs, attributes, opset }: Site<z.output<z.ZodObject<typeof ROI_ALIGN>>>) {
  return layer("roiAlign", inputs, {
    mode: attributes.mode === "avg" ? "average" : "max",
    outputSize: [attributes.output_height, attributes.output_width],
    samplingRatio: attributes.sampling_ratio,
    spatialScale: attributes.spatial_scale,
    halfPixel: opset >= 16 && attributes.coordinate_transformation_mode === "half_pixel",
  });
}

const OLD_MODE = { mode: z.enum(["nearest", "linear"]).default("nearest") };
const RESIZE_11 = Object.keys(RESIZE).slice(0, 6) as (keyof typeof RESIZE)[];

export const resampleRows: Readonly<Record<string, Row>> = {
  Resize: row({
    inputs: "X roi? scales? sizes?",
    attributes: RESIZE,
    since: [[10, ["mode"]], [11, RESIZE_11], [13, RESIZE_11], 18, 19],
    build: (site) => (site.opset < 11 ? upsample(site) : resize(site)),
  }),
  GridSample: row({
    inputs: "X grid",
    attributes: {
      mode: z.enum(Object.keys(GRID_MODES) as [GridMode, ...GridMode[]]).optional(),
      padding_mode: z.enum(["zeros", "border", "reflection"]).default("zeros"),
      align_corners: flag.default(false),
    },
    since: [16, 20, 22],
    build: ({ inputs, attributes: { mode = "linear", padding_mode, align_corners } }) =>
      layer("gridSample", inputs, {
        mode: GRID_MODES[mode],
        padding: padding_mode,
        alignCorners: align_corners,
      }),
  }),
  RoiAlign: row({
    inputs: "X rois batch_indices",
    attributes: ROI_ALIGN,
    since: [[10, Object.keys(ROI_ALIGN).slice(0, -1) as (keyof typeof ROI_ALIGN)[]], 16, 22],
    build: roiAlign,
  }),
  Upsample: row({
    inputs: "X scales?",
    attributes: { ...OLD_MODE, scales: floats.optional() },
    since: [7, [9, ["mode"]]],
    until: 10,
    build: upsample,
  }),
};
