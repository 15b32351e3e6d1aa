/** Checks places: each is its value's, inside its buffer; what leaves the model is dense; constants are packed as they are read. */
import { scalarOf } from "../../compute/ir.js";
import { storageOf, widened } from "../../loop/storage.js";
import type { Place } from "../../place/place.js";
import { elementCount, rowMajorStrides, type TensorType } from "../../base/tensor.js";
import { givenPorts, wantedPorts } from "../ports.js";
import type { Program, ProgramKernel, ValueId } from "../program.js";
import { inOrder } from "./values.js";

export function placeProblems(program: Program, nameOf: (value: ValueId) => string): string[] {
  const problems: string[] = [];
  program.values.forEach(({ type, place, margin }, id) => {
    if (place === undefined) return;
    const where = { ...place, ...(margin === undefined ? {} : { margin }) };
    problems.push(...insideBuffer(() => nameOf(id), where, type, program));
  });
  // What a state becomes must have been written where the state is.
  const ports = [...givenPorts(program), ...wantedPorts(program)];
  for (const { name, type, value, place } of ports) {
    const buffer = place === undefined ? undefined : program.buffers[place.buffer];
    if (place === undefined || buffer === undefined || !isDense(place, type.dims, buffer.size))
      problems.push(`${name} is not dense and row-major memory of its own`);
    if (!samePlace(place, program.values[value]!.place, type.dims))
      problems.push(`${name} is not where its value is`);
  }
  inOrder(program, (kernel) => problems.push(...kernelPlaceProblems(kernel, program, nameOf)));
  return problems;
}

function kernelPlaceProblems(
  { name, kernel, operands, output, places, role }: ProgramKernel,
  program: Program,
  nameOf: (value: ValueId) => string,
): string[] {
  const problems: string[] = [];
  const { values } = program;
  if (!samePlace(places["out"], values[output]!.place, kernel.output.dims))
    problems.push(`${name} writes ${nameOf(output)} where it is not`);
  for (const { name: source, constant, type } of kernel.inputs) {
    const value = operands[source]!;
    if (constant === true && values[value]!.constant !== undefined) continue;
    if (samePlace(places[source], values[value]!.place, type.dims)) continue;
    problems.push(`${name} reads ${nameOf(value)} where it is not`);
  }
  if (role === "fill" && values[output]!.margin === undefined)
    problems.push(`${name} fills a margin that ${nameOf(output)} has not`);
  for (const { name: scratch, dims, dtype } of kernel.temporaries) {
    if (dims.length === 0) continue;
    const place = places[scratch];
    if (place === undefined) problems.push(`${name} has no memory for ${scratch}`);
    else
      problems.push(...insideBuffer(() => `${name}: ${scratch}`, place, { dtype, dims }, program));
  }
  return problems;
}

/** After pack-constants: what kernels read as constants is what is packed there. */
export function constantProblems(program: Program, nameOf: (value: ValueId) => string): string[] {
  const problems: string[] = [];
  const packed = new Map(program.constants.map((one) => [one.place.buffer, one]));
  for (const { constant, place } of program.constants) {
    const { name, type } = constant;
    problems.push(...insideBuffer(() => name, place, type, program, "constants"));
  }
  for (const { name, type, initial, initialPlace: place } of program.states) {
    const found = place === undefined ? undefined : packed.get(place.buffer);
    const dense =
      place !== undefined && isDense(place, type.dims, program.buffers[place.buffer]!.size);
    if (initial !== undefined && (found?.constant !== initial || !dense))
      problems.push(`what ${name} is at first is not packed row by row`);
  }
  for (const { name, kernel, operands, places } of program.kernels) {
    for (const { name: source, constant, type } of kernel.inputs) {
      const wanted = program.values[operands[source]!]!.constant;
      if (constant !== true || wanted === undefined) continue;
      const place = places[source];
      const found = place === undefined ? undefined : packed.get(place.buffer);
      if (found?.constant !== wanted || !samePlace(place, found?.place, type.dims))
        problems.push(`${name} reads ${nameOf(operands[source]!)} where it is not packed`);
    }
    for (const { name: table, value } of kernel.constants) {
      const place = places[table];
      const found = place === undefined ? undefined : packed.get(place.buffer);
      const source = found?.constant.source;
      const same = samePlace(place, found?.place, value.type.dims);
      if (source?.kind !== "data" || source.data !== value.data || !same)
        problems.push(`${name} reads its table ${table} where it is not packed`);
    }
  }
  return problems;
}

/** Whether each element lies where it does in the other. */
function samePlace(a: Place | undefined, b: Place | undefined, dims: readonly number[]): boolean {
  if (a === undefined || b === undefined) return false;
  return (
    a.buffer === b.buffer &&
    a.offset === b.offset &&
    a.strides.length === b.strides.length &&
    a.strides.every((stride, d) => dims[d] === 1 || stride === b.strides[d]) &&
    a.block?.dim === b.block?.dim &&
    a.block?.size === b.block?.size &&
    a.block?.stride === b.block?.stride
  );
}

/** Its buffer and no more, each element where a caller's array has it. */
function isDense(place: Place, dims: readonly number[], size: number): boolean {
  const strides = rowMajorStrides(dims);
  const dense = dims.every((dim, d) => dim === 1 || place.strides[d] === strides[d]);
  return dense && place.offset === 0 && place.margin === undefined && size === elementCount(dims);
}

function insideBuffer(
  what: () => string,
  place: Place,
  { dtype, dims }: TensorType,
  program: Program,
  space: "arena" | "constants" = "arena",
): string[] {
  const buffer = program.buffers[place.buffer];
  if (buffer === undefined || buffer.space !== space)
    return [`${what()} lies in no buffer of the ${space}`];
  const problems: string[] = [];
  const { low, high } = reachOf(place, dims);
  if (!dims.includes(0) && (low < 0 || high >= buffer.size))
    problems.push(`${what()} reaches from ${low} to ${high} in a buffer of ${buffer.size}`);
  const scalar = scalarOf(dtype);
  const holds =
    space === "constants"
      ? widened(buffer.dtype) === scalar
      : buffer.dtype === scalar || buffer.dtype === storageOf(dtype);
  if (!holds) problems.push(`${what()} is ${dtype} in a buffer of ${buffer.dtype}`);
  return problems;
}

/** The first and last element that a place with its margin touches. */
function reachOf(place: Place, dims: readonly number[]): { low: number; high: number } {
  let [low, high] = [place.offset, place.offset];
  dims.forEach((dim, d) => {
    const stride = place.strides[d]!;
    if (place.block?.dim === d) {
      const { size, stride: next } = place.block;
      high += Math.floor((dim - 1) / size) * next + Math.min(size - 1, dim - 1) * stride;
      return;
    }
    const [before, after] = place.margin?.[d] ?? [0, 0];
    const ends = [-before * stride, (dim - 1 + after) * stride];
    low += Math.min(...ends);
    high += Math.max(...ends);
  });
  return { low, high };
}
