/** Checks that a Program is one: every value written once before it is read, inside its buffer, and not overwritten while it is needed. */
import type { Operand } from "../../graph/definition.js";
import { scalarOf, type Kernel } from "../../compute/ir.js";
import type { Place } from "../../place/place.js";
import { kernelProblems } from "../../compute/verify/index.js";
import type { TensorType } from "../../base/tensor.js";
import type { Buffer, Program } from "../program.js";
import { clobberProblems } from "./clobber.js";

/** Throws an Error that lists everything wrong with the program, at whatever stage of planning it is. */
export function verifyProgram(program: Program): void {
  const problems = programProblems(program);
  if (problems.length > 0)
    throw new Error(`program ${program.name} is wrong:\n  ${problems.join("\n  ")}`);
}

/** Everything that is wrong with a program; empty for a legal one. */
export function programProblems(program: Program): string[] {
  const problems = valueProblems(program);
  const placed = program.kernels.some(({ places }) => Object.keys(places).length > 0);
  // Layouts take views and concats away, and leave what is left of a kernel incomplete on purpose.
  if (placed) problems.push(...placeProblems(program));
  else
    for (const { name, kernel } of program.kernels)
      problems.push(...kernelProblems(kernel).map((problem) => `${name}: ${problem}`));
  const planned = program.arenaBytes !== undefined;
  if (planned) problems.push(...bufferProblems(program));
  // Only a program whose places are sound can be followed through memory.
  if (planned && problems.length === 0) problems.push(...clobberProblems(program));
  return problems;
}

/** Operands are written once, before they are read: themselves, or parts of the buffer that they are a view of. */
function valueProblems(program: Program): string[] {
  const problems: string[] = [];
  const known = new Set<Operand>([
    ...program.inputs.map(({ name }): Operand => `%${name}`),
    ...program.constants.map(({ constant }): Operand => `@${constant.name}`),
  ]);
  const written = new Set<Operand>();
  const names = new Set<string>();
  const buffers = new Set(program.inputs.map(({ place }) => place?.buffer));
  for (const { name, role, kernel, places, output } of program.kernels) {
    if (names.has(name) && role === "compute") problems.push(`${name} names two kernels`);
    names.add(name);
    for (const { name: input } of kernel.inputs) {
      const view = buffers.has(places[input]?.buffer ?? "");
      if (!known.has(input as Operand) && !input.startsWith("#") && !view)
        problems.push(`${name} reads ${input} before it is written`);
    }
    if (role !== "fill" && written.has(output)) problems.push(`${name} writes ${output} again`);
    written.add(output);
    known.add(output);
    buffers.add(places["out"]?.buffer);
  }
  for (const { name, value } of program.outputs)
    if (!known.has(value)) problems.push(`output ${name} is ${value}, which nothing writes`);
  return problems;
}

/** Everything a kernel touches has one place, inside its buffer. */
function placeProblems(program: Program): string[] {
  const problems: string[] = [];
  const buffers = new Map(program.buffers.map((buffer) => [buffer.name, buffer]));
  for (const kernel of program.kernels) {
    if (kernel.schedules.length !== kernel.kernel.computes.length)
      problems.push(`${kernel.name} has ${kernel.schedules.length} schedules`);
    for (const [source, type] of touched(kernel.kernel)) {
      const place = kernel.places[source];
      if (place === undefined) {
        // What no load mentions needs no place.
        if (source === "out") problems.push(`${kernel.name}: out has no place`);
        continue;
      }
      const buffer = buffers.get(place.buffer);
      const where = `${kernel.name}: ${source}`;
      if (buffer === undefined) problems.push(`${where} lies in no buffer`);
      else problems.push(...insideBuffer(place, type, buffer).map((one) => `${where} ${one}`));
    }
  }
  return problems;
}

/** Names of places with the types that lie there. */
function touched(kernel: Kernel): [string, TensorType][] {
  return [
    ...kernel.inputs.map(({ name, type }): [string, TensorType] => [name, type]),
    ...kernel.constants.map(({ name, value }): [string, TensorType] => [name, value.type]),
    ...kernel.temporaries
      .filter(({ dims }) => dims.length > 0)
      .map(({ name, dtype, dims }): [string, TensorType] => [name, { dtype, dims }]),
    ["out", kernel.output],
  ];
}

function insideBuffer(place: Place, type: TensorType, buffer: Buffer): string[] {
  const problems: string[] = [];
  const { low, high } = reachOf(place, type.dims);
  if (low < 0 || high >= buffer.size)
    problems.push(`reaches from ${low} to ${high} in a buffer of ${buffer.size}`);
  if (scalarOf(type.dtype) !== buffer.dtype)
    problems.push(`is ${type.dtype} in a buffer of ${buffer.dtype}`);
  if (place.margin !== undefined && place.fill === undefined)
    problems.push("has a margin without a fill");
  return problems;
}

/** The first and last element that a place with its margins touches. */
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

/** Buffers have addresses inside their space, and constants do not overlap. */
function bufferProblems(program: Program): string[] {
  const problems: string[] = [];
  const ends = { arena: program.arenaBytes ?? 0, constants: program.constantBytes ?? 0 };
  let last = 0;
  for (const { name, size, space, offset } of program.buffers) {
    if (offset === undefined || offset % 4 !== 0 || offset + size * 4 > ends[space])
      problems.push(`${name} lies at ${offset} of ${ends[space]} bytes`);
    if (space !== "constants" || offset === undefined) continue;
    if (offset < last) problems.push(`${name} overlaps the constant before it`);
    last = offset + size * 4;
  }
  return problems;
}
