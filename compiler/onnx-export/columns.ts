/** How windows as columns are said in ONNX: one row an op. */
import type { OpName } from "../graph/graph.js";
import { elementCount, tensor } from "../base/tensor.js";
import { int, intList, ints, reshaped, step, type Site, type Step } from "./site.js";
import { windowOf } from "./window.js";

/** Windows of columns; taps and windows are one dim each there. */
function col2im(site: Site<"col2im">): Step {
  const { strides, pads, dilations, outputSize } = site.node.attributes;
  const { dims } = site.types[0]!;
  const rank = outputSize.length;
  const kernel = dims.slice(2, 2 + rank);
  const together = [dims[0]!, dims[1]! * elementCount(kernel), elementCount(dims.slice(2 + rank))];
  const columns = reshaped(site, site.inputs[0]!, together);
  const lists = [outputSize, kernel].map((one) => intList(site, one));
  return step("Col2Im", [columns, ...lists], {
    strides: strides && ints(strides),
    dilations: dilations && ints(dilations),
    pads: pads === undefined ? undefined : ints(pads as readonly number[]),
  });
}

/** A deformable convolution with one weight a tap, whose channels [c, k] are put in order. */
function deformColumns(site: Site<"deformColumns">): Step {
  const { pads, kernel, groups, offsetGroups } = site.node.attributes;
  const [n, channels, ,] = site.types[0]!.dims as [number, number, number, number];
  const taps = elementCount(kernel);
  const one = Array.from({ length: channels * taps * taps }, (_, i) =>
    Number(i % taps === Math.floor(i / taps) % taps),
  );
  const weights = site.constant(tensor("f32", [channels * taps, 1, ...kernel], one));
  const [x, offset, mask] = site.inputs as [string, string, string?];
  const inputs = [x, weights, offset, ...(mask === undefined ? [] : ["", mask])];
  const columns = site.emit(
    step("DeformConv", inputs, {
      ...windowOf(site.node.attributes, kernel),
      pads: pads === undefined ? undefined : ints(pads as readonly number[]),
      group: int(channels),
      offset_group: int(offsetGroups),
    }),
  );
  const { dims } = site.node.type;
  const apart = reshaped(site, columns, [n, groups, channels / groups, taps, ...dims.slice(2)]);
  const ordered = site.emit(step("Transpose", [apart], { perm: ints([0, 1, 3, 2, 4, 5]) }));
  return step("Reshape", [ordered, intList(site, dims)]);
}

export const columnExporters = { col2im, deformColumns } satisfies {
  [Name in OpName]?: (site: Site<Name>) => Step;
};
