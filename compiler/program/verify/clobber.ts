/** Follows a planned Program through its arena: whoever reads a value must find it whole, element by element. */
import type { Place } from "../../place/place.js";
import { bufferOf } from "../memory.js";
import type { Program, ProgramKernel } from "../program.js";

const NOBODY = 0;

/** The first value of each kernel and output that something else has written over. */
export function clobberProblems(program: Program): string[] {
  const problems: string[] = [];
  // Who wrote each element of the arena last: an independent account of what lifetimes promise.
  const owners = new Int32Array((program.arenaBytes ?? 0) / 4);
  const values = new Map<string, number>();
  const idOf = (value: string): number => {
    const known = values.get(value) ?? values.size + 1;
    values.set(value, known);
    return known;
  };
  const nameOf = (id: number): string =>
    id === NOBODY ? "nothing" : ([...values].find(([, one]) => one === id)?.[0] ?? "nothing");
  const aliases = aliasesOf(program);
  const write = (value: string, place: Place, dims: readonly number[]): void => {
    const id = idOf(value);
    eachElement(place, dims, baseOf(program, place), (at) => void (owners[at] = id));
  };
  const read = (reader: string, value: string, place: Place, dims: readonly number[]): void => {
    if (bufferOf(program, place).space !== "arena") return;
    const expected = (aliases.get(value) ?? [value]).map(idOf);
    let found: number | undefined;
    eachElement(place, dims, baseOf(program, place), (at) => {
      if (found === undefined && !expected.includes(owners[at]!)) found = owners[at]!;
    });
    if (found !== undefined) problems.push(`${reader} reads ${value} but finds ${nameOf(found)}`);
  };
  for (const { name, place, type } of program.inputs) write(`%${name}`, place!, type.dims);
  for (const each of program.kernels) {
    const { name, role, kernel, places, output } = each;
    if (role === "fill") continue;
    for (const input of kernel.inputs) {
      const place = places[input.name];
      if (place !== undefined) read(name, input.name, place, input.type.dims);
    }
    for (const { place, dims } of writtenParts(each)) write(output, place, dims);
  }
  for (const { name, value, place, type } of program.outputs)
    read(`output ${name}`, value, place!, type.dims);
  return problems;
}

/** The windows that a kernel writes: all of its output, but of a concat only the operands it still has to copy. */
function writtenParts({ kernel, places, view }: ProgramKernel) {
  const out = places["out"]!;
  if (view?.kind !== "concat") return [{ place: out, dims: kernel.output.dims }];
  return kernel.computes.map(({ axes, index }) => {
    const start = index[view.axis]!.constant * out.strides[view.axis]!;
    const place = { ...out, offset: out.offset + start };
    return { place, dims: axes.map(({ extent }) => extent) };
  });
}

/**
 * Values that no kernel writes are views of those that kernels do: any value that lies where they lie. So are
 * concats, whose kernels write only what does not lie there already.
 */
function aliasesOf(program: Program): ReadonlyMap<string, readonly string[]> {
  const written = new Map<string, string[]>();
  const add = (place: Place | undefined, value: string): void => {
    if (place === undefined) return;
    written.set(place.buffer, [...(written.get(place.buffer) ?? []), value]);
  };
  for (const { name, place } of program.inputs) add(place, `%${name}`);
  for (const { role, places, output } of program.kernels)
    if (role !== "fill") add(places["out"], output);
  const names = new Set([...written.values()].flat());
  const aliases = new Map<string, readonly string[]>();
  for (const { kernel, places } of program.kernels)
    for (const { name } of kernel.inputs) {
      const place = places[name];
      if (place !== undefined && !names.has(name))
        aliases.set(name, written.get(place.buffer) ?? []);
    }
  for (const { view, places, output } of program.kernels)
    if (view?.kind === "concat") aliases.set(output, written.get(places["out"]!.buffer) ?? []);
  return aliases;
}

/** The first element of a place's buffer in its space. */
function baseOf(program: Program, place: Place): number {
  return bufferOf(program, place).offset / 4;
}

function eachElement(
  place: Place,
  dims: readonly number[],
  base: number,
  visit: (at: number) => void,
): void {
  const step = (d: number, at: number): void => {
    if (d === dims.length) return visit(at);
    const stride = place.strides[d]!;
    const { block } = place;
    for (let i = 0; i < dims[d]!; i++) {
      const offset =
        block?.dim === d
          ? Math.floor(i / block.size) * block.stride + (i % block.size) * stride
          : i * stride;
      step(d + 1, at + offset);
    }
  };
  step(0, base + place.offset);
}
