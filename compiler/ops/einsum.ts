/** einsum: sums of products over named dimensions, as one nest. */
import { z } from "zod";
import { axisIndex, ZERO } from "../compute/affine.js";
import { load, mul } from "../compute/expr.js";
import { scalarOf, type Axis } from "../compute/ir.js";
import { formatType, type TensorType } from "../base/tensor.js";
import { checkDTypes, indicesOf, kernelInputs, MULTIPLIED, typeOf } from "./axes.js";
import { defineOp, operandName, reject, type OperandSpec } from "./op.js";

const OPERANDS: readonly OperandSpec[] = [{ name: "x", variadic: true }];

/**
 * out[labels] = Σ over the labels that the output lacks of the product of the operands (Einstein's convention as
 * in numpy, PyTorch and ONNX). "bij,bjk->bik" is a batch of matrix products, "ii->i" a diagonal. Without "->" the
 * output has the labels that occur once, in alphabetical order; "..." stands for dims that broadcast.
 */
export const einsum = defineOp({
  name: "einsum",
  operands: OPERANDS,
  attributes: z.strictObject({
    equation: z
      .string()
      .max(1024)
      .regex(/^[A-Za-z., ]*(->[A-Za-z. ]*)?$/, "expected letters, commas, ... and one ->"),
  }),
  infer(inputs, { equation }) {
    const named = inputs.map((_, i) => ({ name: operandName({ operands: OPERANDS }, i) }));
    checkDTypes(named, inputs, MULTIPLIED);
    const types = inputs.map((_, i) => typeOf(inputs, i));
    const parsed = parseEquation(equation, types);
    const extents = extentsOf(parsed, types);
    const dims = parsed.output.map((label) => extents.get(label)!);
    return { type: { dtype: types[0]!.dtype, dims }, attributes: { equation: parsed.text } };
  },
  compute({ inputs, attributes: { equation }, output }) {
    const types = inputs.filter((type) => type !== undefined);
    const parsed = parseEquation(equation, types);
    const extents = extentsOf(parsed, types);
    const summed = [...extents.keys()].filter((label) => !parsed.output.includes(label));
    const axes = new Map<Label, Axis>();
    for (const label of [...parsed.output, ...summed]) {
      axes.set(label, { name: `i${axes.size}`, extent: extents.get(label)! });
    }
    const axesOf = (labels: readonly Label[]): Axis[] => labels.map((label) => axes.get(label)!);
    const dtype = scalarOf(output.dtype);
    const factors = types.map(({ dims }, i) => {
      const index = axesOf(parsed.operands[i]!).map((axis, d) =>
        dims[d] === 1 && axis.extent !== 1 ? ZERO : axisIndex(axis),
      );
      return load(operandName({ operands: OPERANDS }, i), index, dtype);
    });
    return {
      outer: [],
      inputs: kernelInputs(OPERANDS, inputs),
      constants: [],
      temporaries: [],
      computes: [
        {
          target: "out",
          axes: axesOf(parsed.output),
          reduce: axesOf(summed),
          ...(summed.length === 0 ? {} : { combine: "sum" as const }),
          body: factors.reduce((left, right) => mul(left, right)),
          index: indicesOf(axesOf(parsed.output)),
        },
      ],
      output,
    };
  },
  layout: "row-major",
});

/** A letter, or how far a dim of "..." is from the last of them. */
type Label = string | number;

interface Equation {
  readonly operands: readonly (readonly Label[])[];
  readonly output: readonly Label[];
  /** Without spaces, and with an output. */
  readonly text: string;
}

/** Throws bad-attribute where the equation does not describe operands of these types. */
function parseEquation(equation: string, types: readonly TensorType[]): Equation {
  const [left, right] = equation.replaceAll(" ", "").split("->") as [string, string?];
  const terms = left.split(",");
  const what = `equation '${equation}'`;
  if (terms.length !== types.length) {
    reject("bad-attribute", `${what} has ${terms.length} operands, ${types.length} are given`);
  }
  const operands = terms.map((term, i) => {
    const letters = lettersOf(term, what);
    const { dims } = types[i]!;
    const rest = dims.length - letters.length + (term.includes("...") ? 1 : 0);
    if (rest < 0 || (!term.includes("...") && rest > 0)) {
      const message = `${what}: '${term}' does not name the dimensions of ${formatType(types[i]!)}`;
      reject("bad-attribute", message);
    }
    return expand(letters, rest);
  });
  const broadcast = Math.max(
    0,
    ...operands.flat().map((one) => (typeof one === "number" ? one : 0)),
  );
  const output = right ?? implicitOutput(terms);
  const labels = expand(lettersOf(output, what), broadcast);
  const known = new Set(operands.flat());
  const unknown = labels.find((label) => !known.has(label));
  if (unknown !== undefined || new Set(labels).size !== labels.length) {
    reject(
      "bad-attribute",
      `${what}: the output takes each label once, of those that operands have`,
    );
  }
  return { operands, output: labels, text: `${left}->${output}` };
}

/** "...ij" => ["...", "i", "j"] */
function lettersOf(term: string, what: string): string[] {
  const letters: readonly string[] = term.match(/\.\.\.|[A-Za-z]/g) ?? [];
  if (letters.join("") !== term || letters.indexOf("...") !== letters.lastIndexOf("...")) {
    reject("bad-attribute", `${what}: '${term}' is not letters with at most one '...'`);
  }
  return [...letters];
}

/** "..." becomes `count` dims, numbered from the last. */
function expand(letters: readonly string[], count: number): Label[] {
  return letters.flatMap((letter): Label[] =>
    letter === "..." ? Array.from({ length: count }, (_, i) => count - i) : [letter],
  );
}

function implicitOutput(terms: readonly string[]): string {
  const all = terms.join("").replaceAll(".", "");
  const once = [...all].filter((letter) => all.indexOf(letter) === all.lastIndexOf(letter));
  const dots = terms.some((term) => term.includes("...")) ? "..." : "";
  return dots + once.sort().join("");
}

/** What every label runs over; dims of 1 are stretched. Throws shape-mismatch where others differ. */
function extentsOf({ operands }: Equation, types: readonly TensorType[]): Map<Label, number> {
  const extents = new Map<Label, number>();
  operands.forEach((labels, i) => {
    labels.forEach((label, d) => {
      const dim = types[i]!.dims[d]!;
      const known = extents.get(label) ?? 1;
      if (known !== 1 && dim !== 1 && known !== dim) {
        const name = typeof label === "number" ? "..." : label;
        const message = `operand ${i} is ${formatType(types[i]!)}: its dimension ${d}, '${name}'`;
        reject("shape-mismatch", `${message}, is ${dim}, but ${known} before`);
      }
      extents.set(label, known === 1 ? dim : known);
    });
  });
  return extents;
}
