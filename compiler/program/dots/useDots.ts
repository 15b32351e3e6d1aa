/**
 * use-dots: weights of bytes that are multiplied several times lie in words of four, as engines want them that
 * multiply four bytes at a time. For others words become 16 bits each when a module loads: `overWords` is what the
 * first ones run, and both are the same integers.
 *
 *   conv(%x: u8, @w: i8)   =>   at load: %w.wide: i16 = bytes of @words; in every run: conv(%x, %w.wide) or over @words
 */
import { addIndex, axisIndex, scaleIndex } from "../../compute/affine.js";
import { binary, load, mul } from "../../compute/expr.js";
import type { Axis, Compute, Index, Kernel, KernelInput } from "../../compute/ir.js";
import { constantTensor } from "../../graph/constants.js";
import type { Constant } from "../../graph/definition.js";
import { rowMajor } from "../../place/views.js";
import type { LayoutChoices } from "../layout/choices.js";
import type { Program, ProgramKernel, Value, ValueId } from "../program.js";
import { DOTS, sourcesOf } from "./computes.js";
import { byteProduct, type ByteProduct } from "./products.js";
import { sumsOf, wordsOf } from "./words.js";

/** What is made of a constant: values, and the kernel that widens it. */
interface Made {
  readonly words: ValueId;
  readonly sums: ValueId;
  readonly wide: ValueId;
}

export function useDots(program: Program, target: LayoutChoices): Program {
  if (target.dots !== true) return program;
  const values: Value[] = [...program.values];
  const made = new Map<Constant, Map<number, Made>>();
  const kernels = program.kernels.flatMap((kernel): readonly ProgramKernel[] => {
    const makers: ProgramKernel[] = [];
    let rewritten = kernel;
    kernel.kernel.computes.forEach((compute, position) => {
      const product = byteProduct(compute, kernel.kernel);
      const constant = product && values[kernel.operands[product.w.source]!]!.constant;
      if (product === undefined || constant === undefined || constant.source.kind === "file")
        return;
      const known = made.get(constant) ?? new Map<number, Made>();
      made.set(constant, known);
      let own = known.get(product.dim);
      if (own === undefined) {
        own = addValues(constant, product, values);
        known.set(product.dim, own);
        makers.push(widening(kernel, position, constant, product, own, values));
      }
      rewritten = withWords(rewritten, product, position, own, values);
    });
    return [...makers, rewritten];
  });
  return values.length === program.values.length ? program : { ...program, values, kernels };
}

function addValues(constant: Constant, { dim, kept }: ByteProduct, values: Value[]): Made {
  const { name, type } = constant;
  const { data } = constantTensor(constant);
  const packed = wordsOf(data, type.dims, dim);
  const add = (value: Value): ValueId => values.push(value) - 1;
  const addConstant = (data: Int32Array<ArrayBuffer>, dims: readonly number[]): ValueId => {
    const own: Constant = { name, type: { dtype: "i32", dims }, source: { kind: "data", data } };
    return add({ name, type: own.type, constant: own });
  };
  const words = addConstant(packed.words, packed.dims);
  values[words] = {
    ...values[words]!,
    constant: { ...values[words]!.constant!, fields: type.dtype },
  };
  return {
    words,
    sums: addConstant(
      sumsOf(data, type.dims, kept),
      kept.map((d) => type.dims[d]!),
    ),
    wide: add({
      name: `${name}.wide`,
      type: { dtype: "i16", dims: type.dims },
      order: rowMajor(type.dims.length),
    }),
  };
}

/** The kernel with weights of 16 bits, and with words and sums at hand. */
function withWords(
  kernel: ProgramKernel,
  { w: { source } }: ByteProduct,
  position: number,
  { words, sums, wide }: Made,
  values: readonly Value[],
): ProgramKernel {
  const names = sourcesOf(position);
  const input = (name: string, value: ValueId): KernelInput => ({
    name,
    type: values[value]!.type,
    operand: "w",
    constant: true,
  });
  const inputs = kernel.kernel.inputs.map((one) =>
    one.name === source ? { ...one, type: values[wide]!.type } : one,
  );
  return {
    ...kernel,
    kernel: {
      ...kernel.kernel,
      inputs: [...inputs, input(names.words, words), input(names.sums, sums)],
    },
    operands: {
      ...kernel.operands,
      [source]: wide,
      [names.words]: words,
      [names.sums]: sums,
    },
    algorithm: DOTS,
  };
}

/** Moves each byte of a word to the top, and down again with its sign: what is left over is a Compute of its own. */
function widening(
  kernel: ProgramKernel,
  position: number,
  { type: { dims } }: Constant,
  { dim }: ByteProduct,
  { words, wide }: Made,
  values: readonly Value[],
): ProgramKernel {
  const axes = dims.map((extent, d): Axis => ({ name: `d${d}`, extent }));
  const whole = Math.floor(dims[dim]! / 4);
  const part = (first: number, count: number, bytes: number): Compute => {
    const four: Axis = { name: "word", extent: count };
    const byte: Axis = { name: "byte", extent: bytes };
    const word = addIndex(axisIndex(four), first);
    const at: readonly Index[] = axes.map((axis, d) => (d === dim ? word : axisIndex(axis)));
    const up = mul(load("words", at, "i32"), load("shifts", [axisIndex(byte)], "i32"));
    return {
      target: "out",
      axes: axes.flatMap((axis, d) => (d === dim ? [four, byte] : [axis])),
      reduce: [],
      body: binary("shr", up, 24),
      index: axes.map((axis, d) =>
        d === dim ? addIndex(scaleIndex(word, 4), axisIndex(byte)) : axisIndex(axis),
      ),
    };
  };
  const rest = dims[dim]! % 4;
  const made: Kernel = {
    inputs: [{ name: "words", type: values[words]!.type, operand: "w", constant: true }],
    constants: [{ name: "shifts", value: SHIFTS }],
    temporaries: [],
    outer: [],
    computes: [
      ...(whole > 0 ? [part(0, whole, 4)] : []),
      ...(rest > 0 ? [part(whole, 1, rest)] : []),
    ],
    output: values[wide]!.type,
  };
  return {
    name: `${kernel.name}_weights${position}`,
    role: "compute",
    covers: [],
    kernel: made,
    operands: { words },
    output: wide,
    layout: "row-major",
    schedules: [],
    places: {},
  };
}

const SHIFTS = {
  type: { dtype: "i32", dims: [4] },
  data: Int32Array.from([1 << 24, 1 << 16, 1 << 8, 1]),
} as const;
