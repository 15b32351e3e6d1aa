/**
 * Evaluates single elements of a kernel's output, on demand and on inputs that are functions of their indices: a sample
 * of what it means, without the work of the whole.
 */
import {
  identityOf,
  type Axis,
  type Compute,
  type Expr,
  type Index,
  type Kernel,
} from "../compute/ir.js";
import { axesAround } from "../compute/scan.js";
import { insideIndex } from "./boundary.js";
import { binaryFunction, combineFunction, saturate, unaryFunction } from "./scalarMath.js";

/** An element of an input; of tables the kernel knows its own. */
export type InputValue = (source: string, index: readonly number[]) => number;

/** Where axes stand. */
type Point = ReadonlyMap<string, number>;

/**
 * One element of `out`. Sums take only one step along the axes that `held` names. Throws a plain Error where no Compute
 * writes an element that is needed, or an index is outside of what it reads.
 */
export function probeKernel(
  kernel: Kernel,
  element: readonly number[],
  inputOf: InputValue,
  held: Point,
): number {
  const context: Context = { kernel, inputOf, held, known: new Map() };
  return elementOf("out", element, new Map(), context);
}

interface Context {
  readonly kernel: Kernel;
  readonly inputOf: InputValue;
  readonly held: Point;
  readonly known: Map<string, number>;
}

/** An element of a target, for a reader whose loops stand at `around`. */
function elementOf(
  target: string,
  element: readonly number[],
  around: Point,
  context: Context,
): number {
  const key = `${target} ${element.join()}`;
  let value = context.known.get(key);
  if (value === undefined) {
    value = Math.fround(computed(target, element, around, context));
    context.known.set(key, value);
  }
  return value;
}

function computed(
  target: string,
  element: readonly number[],
  around: Point,
  context: Context,
): number {
  const { kernel } = context;
  for (const compute of kernel.computes) {
    if (compute.target !== target) continue;
    const at = new Map<string, number>();
    const loops = axesAround(kernel, compute);
    for (const { name } of loops) {
      const known = around.get(name);
      if (known !== undefined) at.set(name, known);
    }
    const axes = [...loops.filter(({ name }) => !at.has(name)), ...compute.axes];
    if (locate(compute.index, element, axes, at)) return valueAt(compute, at, context);
  }
  throw new Error(`nobody writes ${target}[${element.join()}]`);
}

/** Finds where axes stand when an element is written; false where it is not. */
function locate(
  index: readonly Index[],
  element: readonly number[],
  axes: readonly Axis[],
  at: Map<string, number>,
): boolean {
  const extents = new Map(axes.map(({ name, extent }) => [name, extent]));
  for (const [d, { terms, constant }] of index.entries()) {
    let rest = element[d]! - constant;
    const open: { readonly name: string; readonly coefficient: number }[] = [];
    for (const { of, coefficient } of terms) {
      if (typeof of !== "string") return false;
      const known = at.get(of);
      if (known === undefined) open.push({ name: of, coefficient });
      else rest -= coefficient * known;
    }
    for (const { name, coefficient } of open.sort((a, b) => b.coefficient - a.coefficient)) {
      const step = Math.min(Math.floor(rest / coefficient), extents.get(name)! - 1);
      if (step < 0) return false;
      at.set(name, step);
      rest -= coefficient * step;
    }
    if (rest !== 0) return false;
  }
  for (const { name, extent } of axes) {
    if (at.has(name)) continue;
    if (extent > 1) return false;
    at.set(name, 0);
  }
  return true;
}

function valueAt(compute: Compute, at: Map<string, number>, context: Context): number {
  const { reduce, combine = "sum", init, body, epilogue } = compute;
  let total: number;
  if (reduce.length === 0) total = evaluate(body, at, context);
  else {
    const join = combineFunction(combine, body.dtype);
    total = init ? evaluate(init, at, context) : identityOf(combine, body.dtype);
    const step = (depth: number): void => {
      const axis = reduce[depth];
      if (axis === undefined) return void (total = join(total, evaluate(body, at, context)));
      const held = context.held.get(axis.name);
      for (let i = held ?? 0; i < (held === undefined ? axis.extent : held + 1); i++) {
        at.set(axis.name, i);
        step(depth + 1);
      }
    };
    step(0);
  }
  return epilogue === undefined ? total : evaluate(epilogue, at, context, total);
}

function evaluate(expr: Expr, at: Point, context: Context, accumulator = NaN): number {
  const inner = (one: Expr): number => evaluate(one, at, context, accumulator);
  switch (expr.kind) {
    case "constant":
      return expr.value;
    case "accumulator":
      return accumulator;
    case "index":
      return indexAt(expr.index, at, context);
    case "load":
      return loaded(expr, at, context);
    case "unary":
      return unaryFunction(expr.op, expr.operand.dtype)(inner(expr.operand));
    case "binary":
      return binaryFunction(expr.op, expr.left.dtype)(inner(expr.left), inner(expr.right));
    case "select":
      return inner(expr.condition) !== 0 ? inner(expr.then) : inner(expr.otherwise);
    case "cast": {
      const value = inner(expr.operand);
      if (expr.dtype === "bool") return value !== 0 ? 1 : 0;
      return expr.dtype === "i32" && expr.operand.dtype === "f32" ? saturate(value) : value;
    }
    default:
      return expr satisfies never;
  }
}

function indexAt({ terms, constant }: Index, at: Point, context: Context): number {
  return terms.reduce((sum, { of, coefficient }) => {
    if (typeof of === "string") return sum + coefficient * at.get(of)!;
    const value = evaluate(of.value, at, context);
    return sum + coefficient * Math.min(of.max, Math.max(of.min, value));
  }, constant);
}

function loaded(
  { source, index, boundary }: Extract<Expr, { kind: "load" }>,
  at: Point,
  context: Context,
): number {
  const { kernel } = context;
  const element = index.map((one) => indexAt(one, at, context));
  const temporary = kernel.temporaries.find(({ name }) => name === source);
  if (temporary !== undefined) return elementOf(source, element, at, context);
  const table = kernel.constants.find(({ name }) => name === source)?.value;
  const input = kernel.inputs.find(({ name }) => name === source);
  const dims = (table?.type ?? input!.type).dims;
  const inside: number[] = [];
  for (const [d, dim] of dims.entries()) {
    const i = element[d]!;
    if (i >= 0 && i < dim) inside.push(i);
    else if (boundary === undefined)
      throw new Error(`${source}[${element.join()}] is read, which there is not`);
    else if (boundary.mode === "constant") return boundary.value;
    else inside.push(insideIndex(i, dim, boundary.mode));
  }
  if (table === undefined) return context.inputOf(source, inside);
  return Number(table.data[inside.reduce((sum, i, d) => sum * dims[d]! + i, 0)]);
}
