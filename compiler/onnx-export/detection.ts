/** How ops whose results are of a number that depends on data are said in ONNX: padded to the number that there may be. */
import type { OpName } from "../graph/graph.js";
import { tensor } from "../base/tensor.js";
import { ONNX_TYPES } from "../onnx/proto.js";
import { int, intList, reshaped, step, type Site, type Step } from "./site.js";

/** A list of i64, as i32 and with −1 behind it: always so many. */
function padded(site: Site, list: string, most: number): Step {
  const filled = site.emit(
    step("Concat", [list, site.constant(tensor("i64", [most], Array(most).fill(-1) as number[]))], {
      axis: int(0),
    }),
  );
  const bounds = [[0], [most], [0]].map((one) => intList(site, one));
  const cut = site.emit(step("Slice", [filled, ...bounds]));
  return step("Cast", [cut], { to: int(ONNX_TYPES.i32) });
}

function nonZeroPlaces(site: Site<"nonZeroPlaces">): Step {
  const flat = reshaped(site as Site, site.inputs[0]!, [-1]);
  const places = site.emit(step("NonZero", [flat]));
  const list = reshaped(site as Site, places, [-1]);
  return padded(site as Site, list, site.node.attributes.most!);
}

/** One node for every class: it alone says which of its boxes is the last. */
function nonMaxSuppression(site: Site<"nonMaxSuppression">): Step {
  const { most, iouThreshold, scoreThreshold } = site.node.attributes;
  const [batch, classes] = site.node.type.dims as [number, number, number];
  const slice = (value: string, axis: number, at: number): string =>
    site.emit(step("Slice", [value, ...[[at], [at + 1], [axis]].map((one) => intList(site, one))]));
  const limits = [
    site.constant(tensor("i64", [], [most])),
    site.constant(tensor("f32", [], [iouThreshold])),
    site.constant(tensor("f32", [], [scoreThreshold])),
  ];
  const parts = Array.from({ length: batch * classes }, (_, i): string => {
    const [boxes, scores] = site.inputs.map((one) => slice(one, 0, Math.floor(i / classes)));
    const own = slice(scores!, 1, i % classes);
    const taken = site.emit(step("NonMaxSuppression", [boxes!, own, ...limits]));
    const places = reshaped(site as Site, slice(taken, 1, 2), [-1]);
    return site.emit(padded(site as Site, places, most));
  });
  const all = parts.length === 1 ? parts[0]! : site.emit(step("Concat", parts, { axis: int(0) }));
  return step("Reshape", [all, intList(site, site.node.type.dims)]);
}

export const detectionExporters = {
  nonZeroPlaces,
  nonMaxSuppression,
} satisfies { [Name in OpName]?: (site: Site<Name>) => Step };
