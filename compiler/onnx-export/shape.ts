/** How ops that move elements are said in ONNX: one row an op. */
import type { OpName } from "../graph/graph.js";
import { tensor } from "../base/tensor.js";
import {
  int,
  intList,
  ints,
  reshaped,
  step,
  text,
  type OnnxAttributes,
  type Site,
  type Step,
} from "./site.js";
import { ONNX_PAD_MODES } from "./window.js";
import { ONNX_TYPES } from "../onnx/proto.js";

const identity = ({ inputs }: Pick<Site, "inputs">): Step => step("Identity", inputs);

/** A second operand that is the node's own list of numbers. */
function listed(site: Site, opType: string, values: readonly number[]): Step {
  return step(opType, [site.inputs[0]!, intList(site, values)]);
}

function reshape(site: Site<"reshape">): Step {
  const shape = site.node.type.dims;
  return step("Reshape", [site.inputs[0]!, intList(site, shape)], {
    allowzero: shape.includes(0) ? int(1) : undefined,
  });
}

function slice(site: Site<"slice">): Step {
  const { starts, ends, axes, steps } = site.node.attributes;
  const lists = [starts, ends, axes ?? starts.map((_, i) => i), steps ?? starts.map(() => 1)];
  return step("Slice", [site.inputs[0]!, ...lists.map((list) => intList(site, list))]);
}

/** One part is one value, and the second of three: split {sizes=[before, size, after], index=1} => Slice. */
function split(site: Site<"split">): Step {
  const { axis, sizes } = site.node.attributes;
  const [start, size] = sizes as [number, number];
  const lists = [[start], [start + size], [axis]];
  return step("Slice", [site.inputs[0]!, ...lists.map((list) => intList(site, list))]);
}

function pad(site: Site<"pad">): Step {
  const { pads, mode, value } = site.node.attributes;
  const fill =
    mode === "constant" ? [site.constant(tensor(site.node.type.dtype, [], [value]))] : [];
  return step("Pad", [site.inputs[0]!, intList(site, pads), ...fill], {
    mode: text(ONNX_PAD_MODES[mode]),
  });
}

/** A condition with more dims than the values would give them its own. */
function branch(site: Site<"branch">): Step {
  const [condition, ...values] = site.inputs as [string, string, string];
  return step("Where", [reshaped(site, condition, []), ...values]);
}

/** ONNX indexes with 64 bits everywhere, with 32 in places. */
function indexing(
  site: Site<"gather" | "gatherElements" | "gatherND" | "scatterElements" | "scatterND">,
  opType: string,
  attributes: OnnxAttributes,
): Step {
  const int64 = site.types[1]!.dtype === "i64";
  const [x, indices, ...updates] = site.inputs as readonly [string, string, ...string[]];
  const cast = step("Cast", [indices], { to: int(ONNX_TYPES.i64) });
  return step(opType, [x, int64 ? indices : site.emit(cast), ...updates], attributes);
}

/** Until opset 28 there is no order but DCR: CRD => DCR, and channels [b², c] => [c, b²]. */
function spaceToDepth(site: Site<"spaceToDepth">): Step {
  const { blockSize, mode } = site.node.attributes;
  const blocks = step("SpaceToDepth", site.inputs, { blocksize: int(blockSize) });
  if (mode === "DCR") return blocks;
  const [n, channels, h, w] = site.node.type.dims as [number, number, number, number];
  const b = blockSize * blockSize;
  const apart = reshaped(site, site.emit(blocks), [n, b, channels / b, h, w]);
  const moved = site.emit(step("Transpose", [apart], { perm: ints([0, 2, 1, 3, 4]) }));
  return step("Reshape", [moved, intList(site, site.node.type.dims)]);
}

export const shapeExporters = {
  shape: ({ inputs, node }: Site<"shape">) => {
    const { start, end } = node.attributes;
    return step("Shape", inputs, { start: int(start), end: end === undefined ? end : int(end) });
  },
  size: ({ inputs }: Site<"size">) => step("Size", inputs),
  identity,
  dropout: identity,
  reshape,
  flatten: ({ inputs, node }: Site<"flatten">) =>
    step("Flatten", inputs, { axis: int(node.attributes.axis) }),
  squeeze: (site: Site<"squeeze">) => {
    const axes = site.node.attributes.axes!;
    return axes.length === 0 ? identity(site) : listed(site as Site, "Squeeze", axes);
  },
  unsqueeze: (site: Site<"unsqueeze">) => {
    const { axes } = site.node.attributes;
    return axes.length === 0 ? identity(site) : listed(site as Site, "Unsqueeze", axes);
  },
  transpose: ({ inputs, node }: Site<"transpose">) =>
    step("Transpose", inputs, { perm: ints(node.attributes.permutation!) }),
  concat: ({ inputs, node }: Site<"concat">) =>
    step("Concat", inputs, { axis: int(node.attributes.axis) }),
  branch,
  slice,
  split,
  pad,
  expand: (site: Site<"expand">) => listed(site as Site, "Expand", site.node.type.dims),
  tile: (site: Site<"tile">) => listed(site as Site, "Tile", site.node.attributes.repeats),
  gather: (site: Site<"gather">) =>
    indexing(site, "Gather", { axis: int(site.node.attributes.axis) }),
  gatherElements: (site: Site<"gatherElements">) =>
    indexing(site, "GatherElements", { axis: int(site.node.attributes.axis) }),
  gatherND: (site: Site<"gatherND">) =>
    indexing(site, "GatherND", { batch_dims: int(site.node.attributes.batchDims) }),
  scatterElements: (site: Site<"scatterElements">) =>
    indexing(site, "ScatterElements", {
      axis: int(site.node.attributes.axis),
      reduction: text(site.node.attributes.reduction),
    }),
  scatterND: (site: Site<"scatterND">) =>
    indexing(site, "ScatterND", { reduction: text(site.node.attributes.reduction) }),
  depthToSpace: ({ inputs, node: { attributes } }: Site<"depthToSpace">) =>
    step("DepthToSpace", inputs, {
      blocksize: int(attributes.blockSize),
      mode: text(attributes.mode),
    }),
  spaceToDepth,
} satisfies { [Name in OpName]?: (site: Site<Name>) => Step };
