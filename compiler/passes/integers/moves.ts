/** Integers with a scale that are only moved or chosen among: they are moved as they are, and the scale stands behind. */
import { rangeOf } from "../../base/numbers.js";
import { CompileError } from "../../base/error.js";
import { elementCount, sameDims, tensor, type Tensor } from "../../base/tensor.js";
import type { Operand } from "../../graph/definition.js";
import { opOf } from "../../graph/evaluate.js";
import type { Node } from "../../graph/graph.js";
import { movedOperands } from "../../graph/movedOperands.js";
import { lookThrough } from "../../graph/lookThrough.js";
import type { NewNode, RewriteContext, Rule } from "../../graph/rewrite/rule.js";
import { inferNode, type AnyAttributes } from "../../graph/typing.js";
import { affineOf, type Affine } from "./affine.js";
import { named, noteSums } from "./products.js";

type Named = NewNode & { readonly name: string };

/** concat(s · (a − z), s · (b − z))  =>  s · (concat(a, b) − z), as of all that moves elements, and of maxima */
const scaleBehindMoves: Rule = {
  name: "scale-behind-moves",
  match(node, context) {
    if (node.type.dtype !== "f32") return undefined;
    const found = node.inputs.map((one) => ofRun(one, context));
    const first = found.find((one) => one !== undefined);
    // Bytes that are no more than that are what a caller gives.
    if (first?.scale === undefined) return undefined;
    const moved = movedOperands(node, context.type);
    if (moved === undefined) return noteSums(node, context);
    const reason = whyApart(node, moved, found, first, context);
    if (reason !== undefined) {
      context.note(`its elements are moved as f32: ${reason}`);
      return undefined;
    }
    const whole = context.fresh(`${node.name}.integers`);
    const float = context.fresh(`${node.name}.f32`);
    const inputs = node.inputs.map((one, i) => (moved.has(i) ? found[i]!.integers : one));
    const before: Named[] = [
      { name: whole, op: node.op, inputs, attributes: node.attributes },
      { name: float, op: "cast", inputs: [`%${whole}`], attributes: { to: "f32" } },
    ];
    const [zero, scale] = [first.zero, first.scale].map((one, i) =>
      one === undefined
        ? undefined
        : named(`${node.name}.${i === 0 ? "zero" : "scale"}`, alone(one), context),
    );
    const steps: NewNode[] = [
      ...(zero === undefined ? [] : [{ op: "sub", inputs: [`@${zero.name}`] } as const]),
      ...(scale === undefined ? [] : [{ op: "mul", inputs: [`@${scale.name}`] } as const]),
    ];
    const constants = [zero, scale].filter((one) => one !== undefined);
    return { constants, ...chained(`%${float}`, node.name, before, steps, context) };
  },
};

/** Each step takes what the one before it made; the last one is the node. */
function chained(
  from: Operand,
  base: string,
  before: readonly Named[],
  steps: readonly NewNode[],
  context: RewriteContext,
): { readonly node: NewNode; readonly before: readonly Named[] } {
  const all = [...before];
  let [at, last] = [from, all.at(-1) as NewNode];
  for (const { op, inputs, attributes = {} } of steps) {
    last = { op, inputs: [at, ...inputs], attributes };
    const name = context.fresh(`${base}.${op}`);
    all.push({ name, ...last });
    at = `%${name}`;
  }
  return { node: last, before: all.slice(0, -1) };
}

/** Integers that a run makes, with one scale and one zero point. */
function ofRun(operand: Operand | undefined, context: RewriteContext): Affine | undefined {
  const found = affineOf(operand, context);
  if (found === undefined || found.permutation !== undefined) return undefined;
  return context.constant(found.integers) === undefined ? found : undefined;
}

/** Why elements of several operands cannot be moved as integers; undefined where they can. */
function whyApart(
  node: Node,
  moved: ReadonlySet<number>,
  found: readonly (Affine | undefined)[],
  first: Affine,
  context: RewriteContext,
): string | undefined {
  const { dtype } = context.type(first.integers);
  for (const at of moved) {
    const one = found[at];
    const name = node.inputs[at]!.slice(1);
    if (one === undefined) return `${name} is no narrow integer with a scale`;
    if (!isAlone(one.scale) || !isAlone(one.zero)) return `${name} has more than one scale`;
    const isSame = sameNumber(one.scale, first.scale, 1) && sameNumber(one.zero, first.zero, 0);
    if (!isSame || context.type(one.integers).dtype !== dtype)
      return `${name} has another scale than ${node.inputs[[...moved][0]!]!.slice(1)}`;
  }
  const facts = node.inputs.map((one, i) =>
    one === undefined ? undefined : { type: context.type(moved.has(i) ? found[i]!.integers : one) },
  );
  return isLegal(node, facts, node.attributes) ? undefined : `${node.op} has no form for integers`;
}

function isLegal(
  { op }: Node,
  facts: Parameters<typeof inferNode>[1],
  attributes: AnyAttributes,
): boolean {
  try {
    inferNode(opOf(op), facts, attributes);
    return true;
  } catch (error) {
    if (error instanceof CompileError) return false;
    throw error;
  }
}

function isAlone(values: Tensor | undefined): boolean {
  return values === undefined || values.data.length === 1;
}

function numberOf(values: Tensor | undefined, otherwise: number): number {
  return values === undefined ? otherwise : Number(values.data[0]);
}

function sameNumber(one: Tensor | undefined, other: Tensor | undefined, none: number): boolean {
  return numberOf(one, none) === numberOf(other, none);
}

/** The one number of a tensor, for whatever dims it is joined with. */
function alone(values: Tensor): Tensor {
  return tensor("f32", [], [numberOf(values, 0)]);
}

/** How an integer becomes another one with a scale: round(x / scale) + zero, held in its type. */
interface Quantization {
  readonly x: Operand;
  readonly scale: number;
  readonly zero: number;
  /** From x on, each without what it takes of the one before. */
  readonly steps: readonly NewNode[];
}

/** Of a node that is a byte; undefined where it is computed otherwise, or in each run by another scale. */
function quantizationOf(node: Node, context: RewriteContext): Quantization | undefined {
  if (node.op !== "cast" || (node.type.dtype !== "i8" && node.type.dtype !== "u8"))
    return undefined;
  const clip = context.node(node.inputs[0]);
  if (clip?.op !== "clip") return undefined;
  const inner = context.node(clip.inputs[0]);
  const shift = inner?.op === "add" ? inner : undefined;
  const round = shift === undefined ? inner : context.node(shift.inputs[0]);
  const ratio = lookThrough(round && `%${round.name}`, ["round", "div"], context);
  const [scale, zero] = [context.value(ratio?.inputs[1]), context.value(shift?.inputs[1])];
  const x = ratio?.inputs[0];
  if (round === undefined || ratio === undefined || x === undefined) return undefined;
  if (scale?.data.length !== 1) return undefined;
  if (shift !== undefined && zero?.data.length !== 1) return undefined;
  const [least, most] = rangeOf(node.type.dtype)!;
  const { min = -Infinity, max = Infinity } = clip.attributes;
  if (min > least || max < most) return undefined;
  const steps = [ratio, round, ...(shift === undefined ? [] : [shift]), clip, node].map(
    ({ op, inputs, attributes }): NewNode => ({ op, inputs: inputs.slice(1), attributes }),
  );
  return { x, scale: numberOf(scale, 1), zero: numberOf(zero, 0), steps };
}

/** Products and quotients of these round what a byte times them is by less than half of them. */
const [LEAST_SCALE, MOST_SCALE] = [2 ** -100, 2 ** 100];

/** quantised(s · (q − z)) by the same scale and zero point  =>  q */
const quantizedAgain: Rule = {
  name: "quantised-again",
  match(node, context) {
    const made = quantizationOf(node, context);
    const from = made && affineOf(made.x, context);
    if (made === undefined || from === undefined || from.permutation !== undefined)
      return undefined;
    const { integers, scale, zero } = from;
    if (!isAlone(scale) || !isAlone(zero) || context.type(integers).dtype !== node.type.dtype)
      return undefined;
    if (!sameDims(context.type(integers).dims, node.type.dims)) return undefined;
    const isSame = numberOf(scale, 1) === made.scale && numberOf(zero, 0) === made.zero;
    const isPlain = made.scale >= LEAST_SCALE && made.scale <= MOST_SCALE;
    return isSame && isPlain ? { use: integers } : undefined;
  },
};

/** Moves behind one another that are looked through. */
const DEEPEST = 4;

/** Whether some of what a move moves are integers with a scale. */
function hasIntegers(move: Node, context: RewriteContext, depth = DEEPEST): boolean {
  return move.inputs.some((one) => {
    if (ofRun(one, context) !== undefined) return true;
    const inner = context.node(one);
    if (inner === undefined || depth === 0) return false;
    return (
      movedOperands(inner, context.type) !== undefined && hasIntegers(inner, context, depth - 1)
    );
  });
}

function countOf(operand: Operand, context: RewriteContext): number {
  return elementCount(context.type(operand).dims);
}

/** quantised(concat(s · a, t · b))  =>  concat(quantised(s · a), quantised(t · b)) */
const quantizedBeforeMoves: Rule = {
  name: "quantised-before-moves",
  match(node, context) {
    const made = quantizationOf(node, context);
    const move = made && context.node(made.x);
    if (made === undefined || move === undefined || context.uses(made.x) !== 1) return undefined;
    if (!sameDims(move.type.dims, node.type.dims)) return undefined;
    if (!hasIntegers(move, context)) return undefined;
    const moved = movedOperands(move, context.type);
    const counts = [...(moved ?? [])].map((i) => countOf(move.inputs[i]!, context));
    // A window of a maximum reads elements several times: behind it there are fewer.
    const before = counts.reduce((sum, count) => sum + count, 0);
    if (moved === undefined || before > elementCount(node.type.dims)) return undefined;
    const facts = move.inputs.map((one, i) =>
      one === undefined
        ? undefined
        : { type: { ...context.type(one), ...(moved.has(i) ? { dtype: node.type.dtype } : {}) } },
    );
    if (!isLegal(move, facts, move.attributes)) return undefined;
    const steps: Named[] = [];
    const inputs = move.inputs.map((one, i) => {
      if (one === undefined || !moved.has(i)) return one;
      const { node: last, before: rest } = chained(
        one,
        `${node.name}.${i}`,
        [],
        made.steps,
        context,
      );
      const name = context.fresh(`${node.name}.${i}`);
      steps.push(...rest, { name, ...last });
      return `%${name}` as const;
    });
    return { before: steps, node: { op: move.op, inputs, attributes: move.attributes } };
  },
};

export const moveRules: readonly Rule[] = [quantizedAgain, scaleBehindMoves, quantizedBeforeMoves];
