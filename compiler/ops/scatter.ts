/** Ops that write at places that tensors of indices say: single elements along an axis, and slices at points. */
import { z } from "zod";
import { constantIndex, opaqueIndex } from "../compute/affine.js";
import { add, binary, load, max, min, mul, select } from "../compute/expr.js";
import { scalarOf, type Axis, type Expr, type Index, type Kernel } from "../compute/ir.js";
import { formatType, type TensorType } from "../base/tensor.js";
import { axesOf, indicesOf, kernelInputs, normalizeAxis, typeOf } from "./axes.js";
import { defineOp, reject, type ComputeContext, type Fact, type OperandSpec } from "./op.js";

const OPERANDS: readonly OperandSpec[] = [{ name: "x" }, { name: "indices" }, { name: "updates" }];

const REDUCTION = z.enum(["none", "add", "mul", "min", "max"]).default("none");
type Reduction = z.output<typeof REDUCTION>;

const JOINED: Readonly<Record<Reduction, (old: Expr, brought: Expr) => Expr>> = {
  none: (_, brought) => brought,
  add,
  mul,
  min,
  max,
};

interface Operands {
  readonly x: TensorType;
  readonly indices: TensorType;
  readonly updates: TensorType;
}

/** Throws type-mismatch unless the indices are integers, the updates of x's type, and numbers where they are joined. */
function operandsOf(inputs: readonly (Fact | undefined)[], reduction: Reduction): Operands {
  const [x, indices, updates] = [typeOf(inputs, 0), typeOf(inputs, 1), typeOf(inputs, 2)];
  if (indices.dtype === "f32" || indices.dtype === "bool") {
    reject("type-mismatch", `indices are ${formatType(indices)}: expected integers`, "cast them");
  }
  if (updates.dtype !== x.dtype) {
    reject("type-mismatch", `updates are ${formatType(updates)}, but x is ${formatType(x)}`);
  }
  if (reduction !== "none" && x.dtype === "bool") {
    reject("type-mismatch", `${reduction} of ${formatType(x)}: expected numbers`, "cast it");
  }
  return { x, indices, updates };
}

/** Where an update goes: in each dim of x at an index, if all of its conditions hold. */
interface Target {
  readonly index: readonly Index[];
  readonly inside: readonly Expr[];
}

/** Where `indices` says at `at`: a negative index counts from the end; there is nothing to write where it is outside. */
function chosen(
  at: readonly Index[],
  dim: number,
): { readonly index: Index; readonly inside: Expr } {
  const given = load("indices", at, "i32");
  const wrapped = select(binary("lt", given, 0), add(given, dim), given);
  const inside = binary("and", binary("ge", wrapped, 0), binary("lt", wrapped, dim));
  return { index: opaqueIndex(wrapped, 0, dim - 1), inside };
}

/**
 * A copy of x, updated in the order of the indices: `steps` go one after the other, `own` axes are those of a slice
 * that one step brings.
 */
function scattering(
  { inputs, attributes: { reduction }, output }: ComputeContext<{ readonly reduction: Reduction }>,
  steps: readonly Axis[],
  own: readonly Axis[],
  target: Target,
): Kernel {
  const axes = axesOf(output.dims);
  const dtype = scalarOf(output.dtype);
  const whole = { axes, reduce: [], index: indicesOf(axes) };
  const old = load("copy", target.index, dtype);
  const joined = JOINED[reduction](old, load("updates", indicesOf([...steps, ...own]), dtype));
  const body = target.inside.reduceRight((value, inside) => select(inside, value, old), joined);
  const scan = steps.length === 0 ? [{ name: "t", extent: 1 }] : steps;
  const updates = { target: "copy", scan, axes: own, reduce: [], body, index: target.index };
  return {
    outer: [],
    inputs: kernelInputs(OPERANDS, inputs),
    constants: [],
    temporaries: [{ name: "copy", dtype, dims: output.dims }],
    computes: [
      { ...whole, target: "copy", body: load("x", whole.index, dtype) },
      ...(steps.every(({ extent }) => extent > 0) ? [updates] : []),
      { ...whole, target: "out", body: load("copy", whole.index, dtype) },
    ],
    output,
  };
}

/** Names of their own for axes of the indices, beside those of x. */
function stepsOf(dims: readonly number[]): Axis[] {
  return dims.map((extent, d) => ({ name: `t${d}`, extent }));
}

/**
 * x with out[i… with indices[i…] in place of i[axis]] = updates[i…], or joined with what is there by `reduction`, in
 * the order of the indices (ONNX ScatterElements, PyTorch scatter). An index outside writes nothing.
 */
export const scatterElements = defineOp({
  name: "scatterElements",
  operands: OPERANDS,
  attributes: z.strictObject({ axis: z.int().default(0), reduction: REDUCTION }),
  infer(inputs, given) {
    const { x, indices, updates } = operandsOf(inputs, given.reduction);
    const axis = normalizeAxis(given.axis, x.dims.length);
    const fits =
      indices.dims.length === x.dims.length &&
      indices.dims.every((dim, d) => d === axis || dim <= x.dims[d]!);
    if (!fits) {
      const message = `indices ${formatType(indices)} do not lie in x ${formatType(x)}`;
      reject("shape-mismatch", `${message}: only axis ${axis} may be larger`);
    }
    if (indices.dims.join() !== updates.dims.join()) {
      const message = `updates ${formatType(updates)} for indices ${formatType(indices)}`;
      reject("shape-mismatch", message, "there is one for each index");
    }
    return { type: x, attributes: { ...given, axis } };
  },
  compute(context) {
    const { inputs, attributes, output } = context;
    const { axis } = attributes;
    const steps = stepsOf(inputs[1]!.dims);
    const at = indicesOf(steps);
    const { index, inside } = chosen(at, output.dims[axis]!);
    return scattering(context, steps, [], { index: at.with(axis, index), inside: [inside] });
  },
  layout: "operand",
});

/**
 * x with out[indices[i…, :]…, r…] = updates[i…, r…], or joined with what is there by `reduction`, in the order of the
 * indices, whose last dim holds points in the first dims of x (ONNX ScatterND). A point outside writes nothing.
 */
export const scatterND = defineOp({
  name: "scatterND",
  operands: OPERANDS,
  attributes: z.strictObject({ reduction: REDUCTION }),
  infer(inputs, { reduction }) {
    const { x, indices, updates } = operandsOf(inputs, reduction);
    const depth = indices.dims.at(-1) ?? 0;
    const both = `x ${formatType(x)} and indices ${formatType(indices)}`;
    if (depth < 1 || depth > x.dims.length) {
      const message = `${both}: points have ${depth} coordinates, expected 1 to ${x.dims.length}`;
      reject("shape-mismatch", message);
    }
    const expected = [...indices.dims.slice(0, -1), ...x.dims.slice(depth)];
    if (expected.join() !== updates.dims.join()) {
      const message = `updates are ${formatType(updates)}, expected [${expected.join(",")}]`;
      reject("shape-mismatch", `${both}: ${message}`);
    }
    return { type: x };
  },
  compute(context) {
    const { inputs, output } = context;
    const lead = inputs[1]!.dims.slice(0, -1);
    const depth = inputs[1]!.dims.at(-1)!;
    const steps = stepsOf(lead);
    const own = axesOf(output.dims).slice(depth);
    const point = output.dims
      .slice(0, depth)
      .map((dim, d) => chosen([...indicesOf(steps), constantIndex(d)], dim));
    return scattering(context, steps, own, {
      index: [...point.map(({ index }) => index), ...indicesOf(own)],
      inside: point.map(({ inside }) => inside),
    });
  },
  layout: "row-major",
});
