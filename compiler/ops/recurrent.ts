/** What recurrent layers have in common: their operands and types, and the scan over the steps of a sequence. */
import { z } from "zod";
import { addIndex, axisIndex, constantIndex, indexExpr, scaleIndex } from "../compute/affine.js";
import { binary, constant, load, mul, select } from "../compute/expr.js";
import type { Axis, Compute, Expr, Index, Kernel, Temporary } from "../compute/ir.js";
import { formatType, sameDims, type TensorType } from "../base/tensor.js";
import { kernelInputs, typeOf } from "./axes.js";
import { reject, type ComputeContext, type Fact, type OperandSpec } from "./op.js";
import { RECURRENT_ACTIVATIONS } from "./recurrentActivation.js";

/** Attributes of every recurrent layer. */
export const RECURRENT_ATTRIBUTES = {
  /** Whether it goes through the sequence from its end. */
  reverse: z.boolean().default(false),
  activations: z.array(z.enum(RECURRENT_ACTIVATIONS)).readonly().optional(),
  alpha: z.array(z.number()).readonly().optional(),
  beta: z.array(z.number()).readonly().optional(),
  clip: z.number().positive().optional(),
};

interface Common {
  readonly reverse: boolean;
  readonly activations?: readonly string[] | undefined;
  readonly alpha?: readonly number[] | undefined;
  readonly beta?: readonly number[] | undefined;
}

/** The operand that says how many steps the sequence of each row has: states stay beyond, and outputs are 0. */
export const LENGTHS: OperandSpec = { name: "lengths", optional: true };

/** How operands of a layer must be: by `seq`, `batch`, `hidden` and the number of gates. */
export interface RecurrentShape {
  readonly gates: number;
  /** Rows of the first recurrent weights, in gates. */
  readonly recurrent?: number;
  /** Dims of each operand after x and r, in hidden sizes; those of the batch are [batch, hidden]. */
  readonly others: readonly ("state" | number | readonly [number, number])[];
  readonly activations: number;
}

/** [states, seq, batch, hidden] for x of [seq, batch, gates · hidden]. Throws what is wrong with the operands. */
export function recurrentType(
  operands: readonly OperandSpec[],
  inputs: readonly (Fact | undefined)[],
  shape: RecurrentShape,
  attributes: Common,
  states: number,
): TensorType {
  const [x, r] = [typeOf(inputs, 0), typeOf(inputs, 1)];
  inputs.forEach((fact, i) => {
    const dtype = operands[i] === LENGTHS ? "i32" : "f32";
    if (fact === undefined || fact.type.dtype === dtype) return;
    reject("type-mismatch", `${operands[i]!.name} is ${formatType(fact.type)}, expected ${dtype}`);
  });
  const { gates, recurrent = gates } = shape;
  const hidden = r.dims[1] ?? 0;
  if (x.dims.length !== 3 || x.dims[2] !== gates * hidden || hidden === 0) {
    const wanted = `[seq, batch, ${gates === 1 ? "" : `${gates} · `}${hidden}]`;
    reject("shape-mismatch", `x is ${formatType(x)}, expected ${wanted} for r ${formatType(r)}`);
  }
  const [seq, batch] = x.dims as [number, number, number];
  const check = (position: number, dims: readonly number[]): void => {
    const type = inputs[position]?.type;
    if (type === undefined || sameDims(type.dims, dims)) return;
    const message = `${operands[position]!.name} is ${formatType(type)}, expected [${dims.join(",")}]`;
    reject("shape-mismatch", message);
  };
  check(1, [recurrent * hidden, hidden]);
  shape.others.forEach((other, i) => {
    if (other === "state") check(i + 2, [batch, hidden]);
    else if (typeof other === "number") check(i + 2, [other * hidden]);
    else check(i + 2, [other[0] * hidden, other[1] * hidden]);
  });
  check(operands.indexOf(LENGTHS), [batch]);
  checkLists(attributes, shape.activations);
  return { dtype: "f32", dims: [states, seq, batch, hidden] };
}

function checkLists(attributes: Common, activations: number): void {
  for (const name of ["activations", "alpha", "beta"] as const) {
    const list = attributes[name];
    if (list !== undefined && list.length !== activations)
      reject("bad-attribute", `${name} has ${list.length} entries, expected ${activations}`);
  }
}

/** The axes of a layer, and what its Computes read and write by them. */
export interface Recurrence {
  /** Rows of the batch, and elements of a state. */
  readonly n: Axis;
  readonly c: Axis;
  /** Rows of recurrent weights, so many gates of them, and what is summed over. */
  rows(gates: number): Axis;
  readonly k: Axis;
  /** x at this step, an element of its last dimension. */
  x(element: Index): Expr;
  /** A gate's own element of something that has all gates one after the other. */
  gate(position: number): Index;
  /** A temporary at the row and element at hand. */
  at(temporary: string): Expr;
  /** A Compute of each step: target[n, c] = body. */
  each(target: string, body: Expr): Compute;
  /** target[n, j] = init + Σ weights[j, k] · state[n, k], of so many gates. */
  product(target: string, weights: string, state: string, gates: number, init?: Expr): Compute;
  /** `next` within the row's sequence, what was before beyond it. */
  valid(next: Expr, otherwise: Expr): Expr;
}

/** Steps of a layer over its states, of which the first ones are the output. */
export interface RecurrentSteps {
  /** Name and operand of what is carried; where the operand is absent it begins with zeros. */
  readonly states: readonly (readonly [state: string, operand: string])[];
  readonly temporaries: readonly Temporary[];
  readonly computes: readonly Compute[];
}

/** The kernel of a layer: states are made, and in each step changed by `steps` and written out. */
export function recurrentKernel(
  operands: readonly OperandSpec[],
  { inputs, attributes, output }: ComputeContext<Common>,
  stepsOf: (recurrence: Recurrence) => RecurrentSteps,
): Kernel {
  const [outputs, seq] = output.dims as [number, number, number, number];
  const t: Axis = { name: "t", extent: seq };
  const forward = axisIndex(t);
  const when = attributes.reverse ? addIndex(scaleIndex(forward, -1), seq - 1) : forward;
  const own = kernelInputs(operands, inputs);
  const hasLengths = own.some(({ name }) => name === LENGTHS.name);
  const recurrence = recurrenceOf(output.dims, t, when, hasLengths);
  const { n, c, at } = recurrence;
  const { states, temporaries, computes } = stepsOf(recurrence);
  const indices = [axisIndex(n), axisIndex(c)];
  const starts = states.map(([state, operand]): Compute => {
    const given = own.some(({ name }) => name === operand);
    const body = given ? load(operand, indices) : constant(0);
    return { target: state, axes: [n, c], reduce: [], body, index: indices };
  });
  const results = states.slice(0, outputs).map(([state], s): Compute => {
    const body = recurrence.valid(at(state), constant(0));
    const index = [constantIndex(s), when, ...indices];
    return { target: "out", scan: [t], axes: [n, c], reduce: [], body, index };
  });
  const dims = [n.extent, c.extent];
  const carried = states.map(([name]): Temporary => ({ name, dtype: "f32", dims }));
  return {
    outer: [],
    inputs: own,
    constants: [],
    temporaries: [...carried, ...temporaries],
    computes: [...starts, ...computes, ...results],
    output,
  };
}

function recurrenceOf(
  [, , batch, hidden]: readonly number[],
  t: Axis,
  when: Index,
  hasLengths: boolean,
): Recurrence {
  const n: Axis = { name: "n", extent: batch! };
  const c: Axis = { name: "c", extent: hidden! };
  const k: Axis = { name: "k", extent: hidden! };
  const rows = (gates: number): Axis => ({ name: "j", extent: gates * hidden! });
  const scan = [t];
  return {
    n,
    c,
    k,
    rows,
    x: (element) => load("x", [when, axisIndex(n), element]),
    gate: (position) => addIndex(axisIndex(c), position * hidden!),
    at: (temporary) => load(temporary, [axisIndex(n), axisIndex(c)]),
    each: (target, body) => {
      const index = [axisIndex(n), axisIndex(c)];
      return { target, scan, axes: [n, c], reduce: [], body, index };
    },
    product(target, weights, state, gates, init) {
      const j = rows(gates);
      const index = [axisIndex(n), axisIndex(j)];
      const product = mul(
        load(weights, [axisIndex(j), axisIndex(k)]),
        load(state, [axisIndex(n), axisIndex(k)]),
      );
      const start = init === undefined ? {} : { init };
      const reduction = { reduce: [k], combine: "sum", ...start, body: product } as const;
      return { target, scan, axes: [n, j], ...reduction, index };
    },
    valid(next, otherwise) {
      if (!hasLengths) return next;
      const length = load(LENGTHS.name, [axisIndex(n)], "i32");
      return select(binary("lt", indexExpr(when), length), next, otherwise);
    },
  };
}
