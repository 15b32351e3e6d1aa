/** Rounds what steps read, so that next to one a result does not depend on what an op is fused with. */
import { extentsOf, intervalOf, type Extents } from "../compute/affine.js";
import { accumulator, mapCompute, unary } from "../compute/expr.js";
import type { Compute, Expr, Kernel } from "../compute/ir.js";
import { axesInScope } from "../compute/scan.js";
import { mapEveryOperand, walkExpr } from "../compute/walk.js";

/**
 * Rounds what an op would have stored had it not been fused (`fround`, which fusion leaves there), where the kernel
 * has a step at all: what leads to it is then the same, fused and alone. Elsewhere nothing is rounded.
 *
 * The kernel where every discontinuous operation (a step) reads f32 values: an operand that arithmetic wider
 * than f32 may leave unrounded is rounded, there and wherever else the Compute reads it, as if it had been
 * stored. What is an f32 already is left alone. Continuous operations are not concerned: they differ by no more
 * than a store rounds. Targets that compute in f32 have nothing to do for `fround`.
 *
 *   y = cast(i32, a / b)  =>  y = cast(i32, fround(a / b))
 */
export function roundSteps(kernel: Kernel): Kernel {
  if (!hasSteps(kernel)) return withoutRounding(kernel);
  const registers = kernel.temporaries.filter(({ dims }) => dims.length === 0);
  const read = steppedOnLoads(kernel);
  const wide = new Set(registers.map(({ name }) => name));
  const computes = kernel.computes.map((compute) => {
    const extents = extentsOf(axesInScope(kernel, compute));
    const known = { wide, extents, accumulator: false };
    const rounded = roundCompute(
      compute,
      known,
      wide.has(compute.target) && read.has(compute.target),
    );
    if (rounded.isRounded) wide.delete(compute.target);
    return rounded.compute;
  });
  return { ...kernel, computes };
}

function hasSteps({ computes }: Kernel): boolean {
  let found = false;
  for (const { body, init, epilogue } of computes)
    for (const expr of [body, init, epilogue])
      if (expr !== undefined) walkExpr(expr, (inner) => (found ||= steppedOn(inner).length > 0));
  return found;
}

function withoutRounding(kernel: Kernel): Kernel {
  const done = new Map<Expr, Expr>();
  const again = (expr: Expr): Expr => {
    let result = done.get(expr);
    if (result === undefined) {
      result = isRounding(expr) ? again(expr.operand) : mapEveryOperand(expr, again);
      done.set(expr, result);
    }
    return result;
  };
  return { ...kernel, computes: kernel.computes.map((compute) => mapCompute(compute, again)) };
}

function isRounding(expr: Expr): expr is Extract<Expr, { kind: "unary" }> {
  return expr.kind === "unary" && expr.op === "fround";
}

/** Sources that steps read as they are. */
function steppedOnLoads({ computes }: Kernel): ReadonlySet<string> {
  const sources = new Set<string>();
  for (const { body, init, epilogue } of computes)
    for (const expr of [body, init, epilogue])
      if (expr !== undefined)
        walkExpr(expr, (inner) => {
          for (const operand of steppedOn(inner))
            if (operand.kind === "load") sources.add(operand.source);
        });
  return sources;
}

interface Known {
  readonly extents: Extents;
  /** Temporaries in registers that may hold more than an f32. */
  readonly wide: ReadonlySet<string>;
  /** Whether the accumulator is an f32. */
  readonly accumulator: boolean;
}

/** `whole`: its result too is rounded, and whether it is an f32 then. */
function roundCompute(
  compute: Compute,
  known: Known,
  whole: boolean,
): { readonly compute: Compute; readonly isRounded: boolean } {
  const { reduce, combine } = compute;
  const terms = createRounding(known);
  const body = terms.round(compute.body);
  const init = compute.init && terms.round(compute.init);
  const chooses = reduce.length === 0 || combine === "min" || combine === "max";
  const parts = init === undefined ? [body] : [body, init];
  const results = createRounding({
    ...known,
    accumulator: chooses && parts.every(terms.isRounded),
  });
  const result = results.round(compute.epilogue ?? accumulator(body.dtype));
  const epilogue = whole && !results.isRounded(result) ? nearest(result) : result;
  return {
    compute: {
      ...compute,
      body,
      ...(init === undefined ? {} : { init }),
      ...(epilogue.kind === "accumulator" && compute.epilogue === undefined ? {} : { epilogue }),
    },
    isRounded: results.isRounded(epilogue),
  };
}

interface Rounding {
  round(expr: Expr): Expr;
  /** Whether a value is an f32 in any arithmetic. */
  isRounded(expr: Expr): boolean;
}

function createRounding(known: Known): Rounding {
  const answers = new Map<Expr, boolean>();
  const isRounded = (expr: Expr): boolean => {
    let answer = answers.get(expr);
    if (answer === undefined) {
      answer = expr.dtype !== "f32" || isF32(expr, known, isRounded);
      answers.set(expr, answer);
    }
    return answer;
  };
  const round = (root: Expr): Expr => {
    const read = new Set<Expr | "accumulator">();
    walkExpr(root, (inner) => steppedOn(inner).forEach((operand) => read.add(keyOf(operand))));
    const done = new Map<Expr, Expr>();
    const again = (expr: Expr): Expr => {
      let result = done.get(expr);
      if (result === undefined) {
        const inner = mapEveryOperand(expr, again);
        if (isRounding(inner) && isRounded(inner.operand)) result = inner.operand;
        else result = read.has(keyOf(expr)) && !isRounded(inner) ? nearest(inner) : inner;
        done.set(expr, result);
      }
      return result;
    };
    return again(root);
  };
  return { round, isRounded };
}

function nearest(expr: Expr): Expr {
  return expr.kind === "constant"
    ? { ...expr, value: Math.fround(expr.value) }
    : unary("fround", expr);
}

/** The accumulator is one value, however many objects stand for it. */
function keyOf(expr: Expr): Expr | "accumulator" {
  return expr.kind === "accumulator" ? expr.kind : expr;
}

/**
 * The operands along which an operation is discontinuous. At an edge at 0, as of `sqrt` and `log`, rounding
 * changes no sign; `bits` and the interior of elementary functions round by themselves.
 */
function steppedOn(expr: Expr): readonly Expr[] {
  switch (expr.kind) {
    case "cast":
      return expr.dtype === "f32" ? [] : [expr.operand];
    case "unary":
      return STEPS.has(expr.op) ? [expr.operand] : [];
    case "binary":
      // Only for whole exponents does a negative base have a power.
      if (expr.op === "pow") return [expr.right];
      return STEPS.has(expr.op) ? [expr.left, expr.right] : [];
    default:
      return [];
  }
}

const STEPS: ReadonlySet<string> = new Set([
  ...["floor", "ceil", "trunc", "round"],
  // Beyond the edge of what they are defined for lies NaN.
  ...["asin", "acos", "acosh", "atanh"],
  ...["eq", "ne", "lt", "le", "gt", "ge", "rem"],
]);

/** Integers up to here are f32 values. */
const WHOLE = 2 ** 24;

function isF32(expr: Expr, known: Known, again: (expr: Expr) => boolean): boolean {
  switch (expr.kind) {
    case "constant":
      return isFloat(expr.value);
    case "accumulator":
      return known.accumulator;
    case "load":
      if (known.wide.has(expr.source)) return false;
      return expr.boundary?.mode !== "constant" || isFloat(expr.boundary.value);
    case "select":
      return again(expr.then) && again(expr.otherwise);
    case "cast":
      return expr.operand.dtype === "bool" || isSmall(expr.operand, known);
    case "unary":
      if (expr.op === "neg" || expr.op === "abs") return again(expr.operand);
      return expr.op === "fround" || expr.op === "float" || isWhole(expr.op);
    case "binary":
      if (expr.op === "min" || expr.op === "max") return again(expr.left) && again(expr.right);
      // What is left of one f32 by another is one.
      return expr.op === "rem";
    case "index":
      return true;
    default:
      return expr satisfies never;
  }
}

function isFloat(value: number): boolean {
  return Object.is(Math.fround(value), value);
}

/** Of an operand that is rounded itself. */
function isWhole(op: string): boolean {
  return op === "floor" || op === "ceil" || op === "trunc" || op === "round";
}

/** Whether an integer is an f32 too. */
function isSmall(expr: Expr, { extents }: Known): boolean {
  if (expr.kind === "constant") return Math.abs(expr.value) <= WHOLE;
  if (expr.kind !== "index") return false;
  const { min, max } = intervalOf(expr.index, extents);
  return min >= -WHOLE && max <= WHOLE;
}
