/** Random nodes of ops that look between elements. */
import { tensor } from "../../../../compiler/base/tensor.js";
import { float, floats } from "../../../support/onnxModel.js";
import type { Random } from "../../../support/random.js";
import type { Schema } from "../changelog.js";
import {
  exactly,
  list,
  maybe,
  type Draw,
  type Generator,
  type Operand,
  type Shape,
} from "../draw.js";

const images = (least = 2): Shape => ({
  fits: (dims) => dims.length === 4 && dims.slice(2).every((dim) => dim >= least),
  make: (random) => [
    random.int(1, 2),
    random.int(1, 2),
    random.int(least, 5),
    random.int(least, 5),
  ],
});

const listed = (values: readonly number[]) => tensor("f32", [values.length], values);

/** Factors whose products with small sizes are whole, or not. */
const FACTORS = [2, 1.5, 0.5, 3, 0.6, 1, 0.75];

const COORDINATES = [
  "half_pixel",
  "asymmetric",
  "align_corners",
  "pytorch_half_pixel",
  "tf_crop_and_resize",
];

const ROUNDING = ["round_prefer_floor", "round_prefer_ceil", "floor", "ceil"];

const resize: Generator = (draw, schema) => {
  const { attributes, since } = schema;
  const mode = draw.pick([
    "nearest",
    "linear",
    ...(attributes.has("cubic_coeff_a") ? ["cubic"] : []),
  ]);
  const dtypes = mode === "nearest" ? schema.inputs[0]!.dtypes : (["f32"] as const);
  const x = draw.operand(dtypes, images());
  if (since < 11) {
    const scales = draw.chance(0.7) ? [1, 1, 2, 3] : [1, 1, 0.5, 0.5];
    return { inputs: [x, draw.given(listed(scales))], attributes: { mode } };
  }
  return resizeSince11(draw, schema, x, mode);
};

function resizeSince11(draw: Draw, { attributes, since }: Schema, x: Operand, mode: string) {
  const antialias = attributes.has("antialias") && mode !== "nearest" && draw.chance(0.4);
  const exotic = [
    ...(since < 13 ? ["tf_half_pixel_for_nn"] : []),
    ...(since >= 19 ? ["half_pixel_symmetric"] : []),
  ].filter((name) => name !== "tf_half_pixel_for_nn" || mode === "nearest");
  const coordinates = draw.pick(
    antialias ? ["half_pixel", "pytorch_half_pixel"] : [...COORDINATES, ...exotic],
  );
  const rounding = coordinates === "tf_half_pixel_for_nn" ? "floor" : draw.pick(ROUNDING);
  const axes =
    attributes.has("axes") && draw.chance(0.4)
      ? draw.pick([[2, 3], [3, 2], [-1, -2], [3]])
      : undefined;
  const along = axes ?? [0, 1, 2, 3];
  const crops = coordinates === "tf_crop_and_resize";
  const spatial = (axis: number): boolean => axis >= 2 || axis < 0;
  const roi = crops
    ? draw.given(
        listed([
          ...along.map((axis) => (spatial(axis) ? 0.25 : 0)),
          ...along.map((axis) => (spatial(axis) ? draw.pick([0.75, 1, 1.25]) : 1)),
        ]),
      )
    : since < 13
      ? draw.given(listed([]))
      : undefined;
  const sized = draw.chance(0.5);
  const sizes = along.map((axis) => (spatial(axis) ? draw.int(2, 9) : x.dims[axis]!));
  const scales = along.map((axis) => (spatial(axis) ? draw.pick(FACTORS) : 1));
  const none = since < 13 ? draw.given(listed([])) : undefined;
  const policy =
    sized && attributes.has("keep_aspect_ratio_policy") && !crops && axes !== undefined;
  const cubic = mode === "cubic";
  return {
    inputs: [
      x,
      roi,
      sized ? none : draw.given(listed(scales)),
      sized ? draw.given(list(...sizes)) : undefined,
    ],
    attributes: {
      mode: mode === "nearest" ? maybe(draw, mode) : mode,
      coordinate_transformation_mode:
        coordinates === "half_pixel" ? maybe(draw, coordinates) : coordinates,
      nearest_mode:
        mode === "nearest" ? (rounding === "floor" ? rounding : maybe(draw, rounding)) : undefined,
      cubic_coeff_a: cubic ? maybe(draw, float(draw.pick([-0.5, -0.75]))) : undefined,
      exclude_outside: cubic && !crops ? maybe(draw, draw.int(0, 1)) : undefined,
      extrapolation_value: crops ? maybe(draw, float(draw.pick([10, 0.5]))) : undefined,
      antialias: antialias ? 1 : attributes.has("antialias") ? maybe(draw, 0) : undefined,
      axes,
      keep_aspect_ratio_policy: policy
        ? maybe(draw, draw.pick(["stretch", "not_larger", "not_smaller"]))
        : undefined,
    },
  };
}

const upsample: Generator = (draw, { inputs, attributes }) => {
  const mode = draw.pick(["nearest", "linear"]);
  const x = draw.operand(mode === "nearest" ? inputs[0]!.dtypes : ["f32"], images());
  const scales = [1, 1, draw.pick([2, 3, 1]), draw.pick([2, 1, 1.5])];
  const how = { mode: mode === "nearest" ? maybe(draw, mode) : mode };
  if (attributes.has("scales")) {
    return { inputs: [x], attributes: { ...how, scales: floats(scales) } };
  }
  return { inputs: [x, draw.given(listed(scales))], attributes: how };
};

/** Places in the image and around it. */
function grid(draw: Draw, dims: readonly number[]): Operand {
  const count = dims.reduce((product, dim) => product * dim, 1);
  const values = Array.from({ length: count }, () => place(draw));
  return draw.given(tensor("f32", dims, values), true);
}

const place = (random: Random): number => random.int(-1300, 1300) / 1024;

export const gridSample: Generator = (draw, { since }) => {
  const volume = since >= 20 && draw.chance(0.4);
  const dims = [
    draw.int(1, 2),
    draw.int(1, 2),
    draw.int(2, 4),
    draw.int(2, 4),
    ...(volume ? [3] : []),
  ];
  const x = draw.operand(["f32"], exactly(dims));
  const out = dims.slice(2).map(() => draw.int(1, 3));
  const [nearest, linear, cubic] =
    since >= 20 ? ["nearest", "linear", "cubic"] : ["nearest", "bilinear", "bicubic"];
  const modes = volume ? [nearest!, linear!] : [nearest!, linear!, cubic!];
  return {
    inputs: [x, grid(draw, [dims[0]!, ...out, out.length])],
    attributes: {
      mode: maybe(draw, draw.pick(modes)),
      padding_mode: maybe(draw, draw.pick(["zeros", "border", "reflection"])),
      align_corners: maybe(draw, draw.int(0, 1)),
    },
  };
};

export const resample: Readonly<Record<string, Generator>> = {
  Resize: resize,
  Upsample: upsample,
  GridSample: gridSample,
};
