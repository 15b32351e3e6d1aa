/**
 * Windows with padding over bytes whose zero point each run finds: what becomes bytes is padded before, since 0 becomes
 * the zero point, and the window reads whole bytes.
 *
 *   %y = conv(%q − %z, @w) {pads=[1,1,1,1]}        %p = pad(%x) {pads=[0,0,1,1,0,0,1,1]}
 *   %q = quantised(%x)                       =>    %y = conv(quantised(%p) − %z, @w)
 */
import { rangeOf } from "../../base/numbers.js";
import { elementCount } from "../../base/tensor.js";
import type { Operand } from "../../graph/definition.js";
import type { Node, NodeOf } from "../../graph/graph.js";
import { lookThrough } from "../../graph/lookThrough.js";
import type { NewNode, RewriteContext } from "../../graph/rewrite/rule.js";
import { windowOf } from "../spatial.js";

type Named = NewNode & { readonly name: string };

/** A window without padding. */
interface PaddedWindow {
  readonly attributes: NodeOf<"conv">["attributes"];
  /** What it slides over, as i32. */
  readonly q: Operand;
  readonly before: readonly Named[];
}

/** The steps from a float to its byte, the last one first. */
const QUANTIZED = ["cast", "clip", "add", "round", "div"] as const;

/** Of q and zero as i32; undefined where q is not quantised as its zero point is. */
export function paddedWindow(
  node: NodeOf<"conv">,
  q: Operand,
  zero: Operand,
  context: RewriteContext,
): PaddedWindow | undefined {
  const bytes = lookThrough(q, ["cast"], context)?.inputs[0];
  const steps = QUANTIZED.map((_, i) => lookThrough(bytes, QUANTIZED.slice(0, i + 1), context));
  const x = steps.at(-1)?.inputs[0];
  if (bytes === undefined || x === undefined) return undefined;
  if (!isQuantizedBy(steps as Node[], zero, context)) return undefined;
  const { begin, end } = windowOf(node.attributes, node.type.dims.length - 2);
  const pads = [0, 0, ...begin, 0, 0, ...end];
  const unpadded = [...begin, ...end].map(() => 0);
  const attributes = { ...node.attributes, pads: unpadded };
  const base = `${bytes.slice(1)}.padded.${[...begin, ...end].join(".")}`;
  const wide: Operand = `%${base}.wide`;
  const there = lookThrough(wide, ["cast", ...QUANTIZED, "pad"], context);
  if (there?.inputs[0] === x) return { attributes, q: wide, before: [] };
  if (context.fresh(wide.slice(1)) !== wide.slice(1)) return undefined;
  const before: Named[] = [];
  const push = (suffix: string, step: NewNode): Operand => {
    const name = context.fresh(`${base}${suffix}`);
    before.push({ name, ...step });
    return `%${name}`;
  };
  let at = push("", { op: "pad", inputs: [x], attributes: { pads } });
  for (const step of (steps as Node[]).reverse()) {
    const { op, inputs } = step;
    const others = inputs.slice(1);
    at = push(`.${op}`, { op, inputs: [at, ...others], attributes: step.attributes });
  }
  before.push({ name: wide.slice(1), op: "cast", inputs: [at], attributes: { to: "i32" } });
  return { attributes, q: wide, before };
}

/** Whether bytes are round(x / scale) + zero, held in no less than their type: 0 becomes the zero point then, and both are 0 where the scale is 0. */
function isQuantizedBy(steps: readonly Node[], zero: Operand, context: RewriteContext): boolean {
  const [cast, clip, add, , div] = steps as readonly [Node, Node, Node, Node, Node];
  const [least, most] = rangeOf(cast.type.dtype)!;
  if (clip.op !== "clip") return false;
  const { min = -Infinity, max = Infinity } = clip.attributes;
  if (min > least || max < most) return false;
  const isOne = elementCount(context.type(div.inputs[1]!).dims) === 1;
  const point = lookThrough(add.inputs[1], ["cast"], context)?.inputs[0];
  return isOne && point !== undefined && point === lookThrough(zero, ["cast"], context)?.inputs[0];
}
