/** How resizing and sampling are said in ONNX: one row an op. */
import type { OpName } from "../graph/graph.js";
import { tensor } from "../base/tensor.js";
import { ONNX_TYPES } from "../onnx/proto.js";
import { float, int, intList, ints, step, text, type Site, type Step } from "./site.js";

const COORDINATES = {
  halfPixel: "half_pixel",
  halfPixelSymmetric: "half_pixel_symmetric",
  pytorchHalfPixel: "pytorch_half_pixel",
  asymmetric: "asymmetric",
  alignCorners: "align_corners",
  tfCropAndResize: "tf_crop_and_resize",
} as const;

const ROUNDING = {
  roundPreferFloor: "round_prefer_floor",
  roundPreferCeil: "round_prefer_ceil",
  floor: "floor",
  ceil: "ceil",
} as const;

const POLICIES = {
  stretch: "stretch",
  notLarger: "not_larger",
  notSmaller: "not_smaller",
} as const;

/** Sizes, scales and the region are of all dims: `axes` are not widely understood. */
function resize(site: Site<"resize">): Step {
  const { attributes, type } = site.node;
  const { scales, roi, mode, keepAspectRatioPolicy: policy } = attributes;
  const rank = type.dims.length;
  const count = (attributes.sizes ?? scales)!.length;
  const axes = attributes.axes ?? type.dims.map((_, d) => d).slice(rank - count);
  const perDim = (list: readonly number[], fill: (d: number) => number): number[] =>
    type.dims.map((_, d) => list[axes.indexOf(d)] ?? fill(d));
  const floats = (list: readonly number[]): string =>
    site.constant(tensor("f32", [list.length], list));
  const starts = roi && perDim(roi.slice(0, count), () => 0);
  const whole = starts && [...starts, ...perDim(roi.slice(count), () => 1)];
  const region = roi && floats(policy === "stretch" ? whole! : roi);
  const how =
    scales === undefined
      ? ["", intList(site, policy === "stretch" ? type.dims : attributes.sizes!)]
      : [floats(perDim(scales, () => 1))];
  return step("Resize", [site.inputs[0]!, region ?? "", ...how], {
    mode: text(mode),
    coordinate_transformation_mode: text(COORDINATES[attributes.coordinates]),
    nearest_mode: mode === "nearest" ? text(ROUNDING[attributes.nearest]) : undefined,
    cubic_coeff_a: mode === "cubic" ? float(attributes.cubicCoeffA) : undefined,
    exclude_outside: attributes.excludeOutside ? int(1) : undefined,
    antialias: attributes.antialias ? int(1) : undefined,
    extrapolation_value:
      attributes.coordinates === "tfCropAndResize"
        ? float(attributes.extrapolationValue)
        : undefined,
    keep_aspect_ratio_policy: policy === "stretch" ? undefined : text(POLICIES[policy]),
    axes: policy === "stretch" ? undefined : ints(axes),
  });
}

/** Opset 20 says linear and cubic, older ones bilinear and bicubic. */
function gridSample(site: Site<"gridSample">): Step {
  const { mode, padding, alignCorners } = site.node.attributes;
  return step("GridSample", site.inputs, {
    mode: text(mode),
    padding_mode: text(padding),
    align_corners: int(alignCorners ? 1 : 0),
  });
}

/** Batches are numbers of 64 bits there. */
function roiAlign(site: Site<"roiAlign">): Step {
  const { inputs, types, node } = site;
  const { mode, outputSize, samplingRatio, spatialScale, halfPixel } = node.attributes;
  const [x, boxes, batch] = inputs as [string, string, string];
  const cast = step("Cast", [batch], { to: int(ONNX_TYPES.i64) });
  const images = types[2]!.dtype === "i64" ? batch : site.emit(cast);
  return step("RoiAlign", [x, boxes, images], {
    mode: text(mode === "average" ? "avg" : "max"),
    output_height: int(outputSize[0]!),
    output_width: int(outputSize[1]!),
    sampling_ratio: int(samplingRatio),
    spatial_scale: float(spatialScale),
    coordinate_transformation_mode: text(halfPixel ? "half_pixel" : "output_half_pixel"),
  });
}

export const resizeExporters = { resize, gridSample, roiAlign } satisfies {
  [Name in OpName]?: (site: Site<Name>) => Step;
};
