/** Padding that the window op after it can do itself, where the border holds the same values. */
import type { Node, NodeOf } from "../../graph/graph.js";
import type { RewriteContext, Rule } from "../../graph/rewrite/rule.js";
import { isUnpadded, windowOf, type Window } from "../spatial.js";

/**
 * conv(pad(x) {pads=[0,0,1,1,0,0,1,1]}, w) => conv(x, w) {pads=[1,1,1,1]}; other modes become padMode, if
 * the conv has no pads of its own
 */
const padIntoConv: Rule = {
  name: "pad-into-conv",
  match(node, context) {
    const pad = padBefore(node, context);
    if (node.op !== "conv" || pad === undefined) return undefined;
    const own = windowOf(node.attributes, pad.rank);
    const { mode, value } = pad.node.attributes;
    const padMode = isUnpadded(own) ? mode : node.attributes.padMode;
    if (padMode !== mode || (mode === "constant" && value !== node.attributes.zero))
      return undefined;
    if (mode !== "constant" && !isUnpadded(own)) return undefined;
    const attributes = { ...node.attributes, pads: sumPads(own, pad), padMode };
    const inputs = [pad.node.inputs[0], ...node.inputs.slice(1)];
    return { node: { op: "conv", inputs, attributes } };
  },
};

/** averagePool(pad(x)) => averagePool(x) {pads=…, countIncludePad=true}: the zeros count as before */
const padIntoAveragePool: Rule = {
  name: "pad-into-average-pool",
  match(node, context) {
    const pad = padBefore(node, context);
    if (node.op !== "averagePool" || pad === undefined || node.attributes.ceilMode) {
      return undefined;
    }
    const own = windowOf(node.attributes, pad.rank);
    const { mode, value } = pad.node.attributes;
    if (mode !== "constant" || value !== 0) return undefined;
    if (!isUnpadded(own) && !node.attributes.countIncludePad) return undefined;
    const pads = sumPads(own, pad);
    const attributes = { ...node.attributes, pads, countIncludePad: true };
    return { node: { op: "averagePool", inputs: pad.node.inputs.slice(0, 1), attributes } };
  },
};

/** maxPool(pad(x) {value=-inf}) => maxPool(x) {pads=…}; zeros will do where x is not negative */
const padIntoMaxPool: Rule = {
  name: "pad-into-max-pool",
  match(node, context) {
    const pad = padBefore(node, context);
    if (node.op !== "maxPool" || pad === undefined || node.attributes.ceilMode) return undefined;
    const own = windowOf(node.attributes, pad.rank);
    const { mode, value } = pad.node.attributes;
    if (mode !== "constant") return undefined;
    const pads = sumPads(own, pad);
    if (!reachesInside(node, pads)) return undefined;
    const neverWins = value === 0 && isNotNegative(context.node(pad.node.inputs[0]));
    if (value !== -Infinity && !neverWins) return undefined;
    const attributes = { ...node.attributes, pads };
    return { node: { op: "maxPool", inputs: pad.node.inputs.slice(0, 1), attributes } };
  },
};

interface SpatialPad {
  readonly node: NodeOf<"pad">;
  readonly rank: number;
  readonly begin: readonly number[];
  readonly end: readonly number[];
}

/** A pad before a window op that adds to spatial dimensions only, and takes nothing away. */
function padBefore(node: Node, context: RewriteContext): SpatialPad | undefined {
  const pad = context.node(node.inputs[0]);
  if (pad?.op !== "pad" || pad.type.dtype !== "f32") return undefined;
  const { pads } = pad.attributes;
  const rank = pads.length / 2;
  const begin = pads.slice(0, rank);
  const end = pads.slice(rank);
  if (pads.some((one) => one < 0)) return undefined;
  if ([...begin.slice(0, 2), ...end.slice(0, 2)].some((one) => one !== 0)) return undefined;
  return { node: pad, rank: rank - 2, begin: begin.slice(2), end: end.slice(2) };
}

function sumPads(own: Window, pad: SpatialPad): number[] {
  return [
    ...own.begin.map((one, i) => one + pad.begin[i]!),
    ...own.end.map((one, i) => one + pad.end[i]!),
  ];
}

function isNotNegative(node: Node | undefined): boolean {
  if (node?.op === "clip") return (node.attributes.min ?? -1) >= 0;
  return node?.op === "relu" || node?.op === "sigmoid";
}

/** Whether every window has an element of x itself, as maxPool wants: pads smaller than a kernel without gaps. */
function reachesInside(node: NodeOf<"maxPool">, pads: readonly number[]): boolean {
  const { kernel } = node.attributes;
  const { dilations } = windowOf(node.attributes, kernel.length);
  return (
    dilations.every((dilation) => dilation === 1) &&
    pads.every((pad, i) => pad < kernel[i % kernel.length]!)
  );
}

export const padRules: readonly Rule[] = [padIntoConv, padIntoAveragePool, padIntoMaxPool];
