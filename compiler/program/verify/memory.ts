/**
 * Follows a placed Program through its memory: whoever reads a value finds it whole, with what lies around it where
 * it relies on that, and nobody writes over what is still wanted.
 */
import { extentsOf } from "../../compute/affine.js";
import type { Compute } from "../../compute/ir.js";
import { allLoads } from "../../compute/loads.js";
import { linearAddress, regionOfAddress, sameElement } from "../../place/linear.js";
import type { Place } from "../../place/place.js";
import { overlap, regionOf, type Region } from "../../place/region.js";
import { stillComputes } from "../layout/places.js";
import { elementCount, isEmpty } from "../../base/tensor.js";
import { givenPorts, wantedPorts } from "../ports.js";
import type { Program, ProgramKernel, ValueId } from "../program.js";
import { Contents } from "./contents.js";
import { fillProblems } from "./fills.js";
import { elementsWritten, inOrder } from "./values.js";

export function memoryProblems(program: Program, nameOf: (value: ValueId) => string): string[] {
  const problems: string[] = [];
  const until = lastReads(program);
  const contents = new Contents(until);
  const check = (who: string, value: ValueId, place: Place): void => {
    const found = contents.valueProblem(value);
    if (found !== undefined) problems.push(`${who} reads ${nameOf(value)} but finds ${found}`);
    const around = place.margin === undefined ? undefined : contents.marginProblem(value, place);
    if (around !== undefined)
      problems.push(`${who} reads around ${nameOf(value)} but finds ${around}`);
  };
  let running = false;
  /** Whatever ran at load, runs begin with their inputs. */
  const begin = (at: number): void => {
    running = true;
    for (const { value, type, place } of givenPorts(program)) {
      if (isEmpty(type)) continue;
      const regions = [regionOf(place!, type.dims)];
      contents.write(at, () => `a run (${nameOf(value)})`, value, place!, regions);
      contents.hold(value, place!, regions);
    }
  };
  inOrder(program, (kernel, at, elided) => {
    const { name, output, operands, places, role } = kernel;
    if (!running && kernel.atLoad !== true) begin(at);
    const out = places["out"]!;
    for (const { value } of kernel.when ?? []) check(name, value, program.values[value]!.place!);
    for (const { name: source, constant } of kernel.kernel.inputs)
      if (constant !== true || program.values[operands[source]!]!.constant === undefined)
        check(name, operands[source]!, places[source]!);
    if (elided) {
      if (stillComputes(kernel).length < kernel.kernel.computes.length)
        problems.push(`${name} would move ${nameOf(output)}, but is left out`);
      return contents.hold(output, out, writtenRegions(kernel));
    }
    const who = (): string => `${name} (${nameOf(output)})`;
    const regions = writtenRegions(kernel);
    problems.push(...overwritingProblems(kernel, regions, nameOf));
    for (const { place, region } of scratchOf(kernel)) {
      problems.push(...scratchProblems(kernel, place, region, regions, nameOf));
      contents.write(at, who, NO_VALUE, place, [region]);
    }
    if (role !== "fill") {
      contents.write(at, who, output, out, regions);
      return contents.hold(output, out, regions);
    }
    problems.push(...fillProblems(kernel, program, () => nameOf(output)));
    const { margin, fill } = program.values[output]!;
    if (margin === undefined || fill === undefined) return;
    contents.write(at, who, output, out, regions, fill);
    contents.holdMargin(output, out, regions, { margin, fill });
  });
  if (!running) begin(program.kernels.length);
  for (const { name, type, value, place } of program.outputs)
    if (!isEmpty(type)) check(`output ${name}`, value, place!);
  for (const { type, next, place } of program.states)
    if (!isEmpty(type)) check("the next run", next, place!);
  for (const { output, places, atLoad, role } of program.kernels) {
    if (atLoad !== true || until[output] !== Infinity) continue;
    const { margin, fill } = program.values[output]!;
    const filled = role === "fill" && margin !== undefined && fill !== undefined;
    check("the next run", output, { ...places["out"]!, ...(filled ? { margin, fill } : {}) });
  }
  return problems;
}

/** Scratch is nobody's value. */
const NO_VALUE: ValueId = -1;

/**
 * The position of the last kernel that reads each value, needless copies among them; outputs are read at the end, and
 * what was made at load in every run, if in one.
 */
function lastReads(program: Program): readonly number[] {
  const last = program.values.map(() => -Infinity);
  const madeAtLoad = new Set<ValueId>();
  inOrder(program, ({ operands, output, atLoad, when = [] }, at) => {
    if (atLoad === true) madeAtLoad.add(output);
    const read = (value: ValueId): void => {
      last[value] =
        atLoad !== true && madeAtLoad.has(value) ? Infinity : Math.max(last[value]!, at);
    };
    Object.values(operands).forEach(read);
    for (const { value } of when) read(value);
  });
  for (const { value } of wantedPorts(program)) last[value] = Infinity;
  return last;
}

function scratchOf({ kernel, places }: ProgramKernel) {
  return kernel.temporaries.flatMap(({ name, dims }) => {
    const place = places[name];
    return dims.length === 0 || place === undefined
      ? []
      : [{ place, region: regionOf(place, dims) }];
  });
}

/** Scratch memory lies beside all that its own kernel reads and writes. */
function scratchProblems(
  { name, kernel, operands, output, places }: ProgramKernel,
  { buffer }: Place,
  scratch: Region,
  written: readonly Region[],
  nameOf: (value: ValueId) => string,
): string[] {
  const meets = (place: Place | undefined, regions: () => readonly Region[]): boolean =>
    place?.buffer === buffer && regions().some((region) => overlap(region, scratch));
  const met = kernel.inputs
    .filter(({ name: source, type }) =>
      meets(places[source], () => [regionOf(places[source]!, type.dims)]),
    )
    .map(({ name: source }) => operands[source]!);
  if (meets(places["out"], () => written)) met.push(output);
  return met.map((value) => `${name} has scratch where ${nameOf(value)} is`);
}

/** Where a kernel writes: all of its output, but of a copy and a fill what their Computes go through. */
function writtenRegions(kernel: ProgramKernel): Region[] {
  const { view, role, places } = kernel;
  const out = places["out"]!;
  const { computes, outer, output } = kernel.kernel;
  const whole = view === undefined || elementsWritten(kernel) === elementCount(output.dims);
  if (role !== "fill" && whole) return [regionOf(out, output.dims)];
  return computes.map(({ axes, index }) => {
    const extents = extentsOf(outer, axes);
    const address = linearAddress(index, out, extents);
    if (address === undefined) throw new Error(`${kernel.name} writes where it pleases`);
    return regionOfAddress(address, extents);
  });
}

/**
 * Operands that lie where a kernel writes are read by no iteration but the one that writes there, whatever the order:
 * each load is of the element that is stored.
 */
function overwritingProblems(
  kernel: ProgramKernel,
  written: readonly Region[],
  nameOf: (value: ValueId) => string,
): string[] {
  const { name, places, operands } = kernel;
  const out = places["out"]!;
  const near = kernel.kernel.inputs.filter(
    ({ name: source }) => places[source]?.buffer === out.buffer,
  );
  const met = near.filter(({ name: source, type }) => {
    const read = regionOf(places[source]!, type.dims);
    return written.some((region) => overlap(read, region));
  });
  if (met.length === 0) return [];
  const sources = new Set(met.map((input) => input.name));
  const { computes } = kernel.kernel;
  if (computes.length === 1 && readsOwnElement(computes[0]!, kernel, sources)) return [];
  const names = met.map((input) => nameOf(operands[input.name]!)).join(" and ");
  return [`${name} writes over ${names} while it reads it`];
}

function readsOwnElement(
  compute: Compute,
  { kernel, places }: ProgramKernel,
  sources: ReadonlySet<string>,
): boolean {
  const out = places["out"]!;
  return allLoads(compute).every((load) => {
    if (load.kind !== "load" || !sources.has(load.source)) return true;
    if (load.boundary !== undefined) return false;
    return sameElement(
      [load.index, places[load.source]!],
      [compute.index, out],
      kernel.outer,
      compute.axes,
      compute.reduce,
    );
  });
}
