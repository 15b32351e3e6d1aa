/** Floats of other widths than 32 bits are how values are stored: ops read f32, and arithmetic of constant f64 is exact. */
import { isElementary } from "../compute/operators.js";
import { walkExpr } from "../compute/walk.js";
import type { Expr, Kernel } from "../compute/ir.js";
import type { Constant } from "../graph/definition.js";
import { computeOf } from "../graph/evaluate.js";
import type { Node } from "../graph/graph.js";
import { takeName } from "../graph/names.js";
import { inferNode, type AnyAttributes } from "../graph/typing.js";
import { interpretInt64 } from "../meaning/interpretInt64.js";
import { operandName, type Fact, type Op } from "../ops/op.js";
import { computedAs, computedType, FLOATS, type Tensor, type TensorType } from "../base/tensor.js";
import { mostExact } from "./fold.js";
import type { Inference, Known } from "./state.js";

/** What moves elements and computes nothing, and what says itself which type comes out. */
const MOVES: ReadonlySet<string> = new Set<Node["op"]>([
  ...(["cast", "identity", "dropout", "reshape", "flatten", "squeeze", "unsqueeze"] as const),
  ...(["transpose", "slice", "split", "concat", "expand", "tile", "shape", "size"] as const),
  ...(["gather", "gatherElements", "gatherND", "depthToSpace", "spaceToDepth"] as const),
]);

/** The operands as the op reads them: f32 of what is stored otherwise, unless it only moves what is of one type. */
export function readable(
  state: Inference,
  op: Op,
  operands: readonly (Known | undefined)[],
): readonly (Known | undefined)[] {
  const stored = operands.flatMap((one) =>
    one !== undefined && FLOATS.has(one.type.dtype) ? [one.type.dtype] : [],
  );
  if (stored.every((dtype) => dtype === "f32")) return operands;
  if (MOVES.has(op.name) && stored.every((dtype) => dtype === stored[0])) return operands;
  return operands.map((one) => one && asF32(state, one));
}

function asF32(state: Inference, known: Known): Known {
  if (computedAs(known.type.dtype) === known.type.dtype) return known;
  const before = state.floats.get(known.operand);
  if (before !== undefined) return before;
  const found = convertedConstant(state, known) ?? castNode(state, known);
  state.floats.set(known.operand, found);
  return found;
}

/** f16 and bf16 lie in arrays of f32 already. */
function convertedConstant(state: Inference, { constant }: Known): Known | undefined {
  if (constant === undefined) return undefined;
  const type: TensorType = { ...constant.type, dtype: "f32" };
  const value = constant.type.dtype === "f64" ? state.read(constant) : undefined;
  if (constant.type.dtype === "f64" && value === undefined) return undefined;
  if (value !== undefined) state.budget.spend("bytes", value.data.byteLength / 2);
  const source =
    value === undefined
      ? constant.source
      : ({ kind: "data", data: Float32Array.from(value.data as Float64Array) } as const);
  const name = takeName(state.constantNames, `${constant.name}.f32`);
  const converted: Constant = { name, type, source };
  state.constants.push(converted);
  return { operand: `@${name}`, type, constant: converted };
}

function castNode(state: Inference, { operand, type: { dims } }: Known): Known {
  const name = takeName(state.valueNames, `${operand.slice(1)}.f32`);
  const type = { dtype: "f32", dims } as const;
  state.nodes.push({ name, op: "cast", inputs: [operand], attributes: { to: "f32" }, type });
  return { operand: `%${name}`, type };
}

/**
 * The constant that an op makes of constants of which some are f64, computed in f64; undefined where there are none,
 * where it would take long, or the engine's own functions.
 */
export function foldDoubles(
  state: Inference,
  name: string,
  op: Op,
  operands: readonly (Known | undefined)[],
  attributes: AnyAttributes,
): Constant | undefined {
  if (MOVES.has(op.name) || operands.every((one) => one?.type.dtype !== "f64")) return undefined;
  const values = new Map<string, Tensor>();
  const facts: (Fact | undefined)[] = [];
  for (const [i, known] of operands.entries()) {
    const value = known?.constant && state.read(known.constant);
    if (known !== undefined && value === undefined) return undefined;
    facts.push(value && { type: computedType(value.type), value });
    if (value !== undefined) values.set(operandName(op, i), value);
  }
  const { type, attributes: canonical, value } = inferNode(op, facts, attributes);
  if (value !== undefined) return undefined;
  const types = facts.map((fact) => fact?.type);
  const kernel = computeOf(op, types, canonical, type);
  const output = type.dtype === "f32" ? { ...type, dtype: "f64" as const } : type;
  if (!mostExact(kernel, state.budget) || isApproximate(kernel)) return undefined;
  const { data } = interpretInt64({ ...kernel, output }, values);
  return { name, type: output, source: { kind: "data", data } };
}

/** Whether elementary functions are in it, which are polynomials for f32. */
function isApproximate({ computes }: Kernel): boolean {
  let found = false;
  const look = (expr: Expr): void => {
    const op = expr.kind === "unary" || expr.kind === "binary" ? expr.op : "add";
    if (op === "pow" || isElementary(op)) found = true;
  };
  for (const { body, init, epilogue } of computes)
    for (const expr of [body, init, epilogue]) if (expr !== undefined) walkExpr(expr, look);
  return found;
}
