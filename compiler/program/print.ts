/** Writes a Program down: kernels with what they cover, places, schedules, memory, and the copies that remain. */
import { extentsOf, intervalOf } from "../compute/affine.js";
import type { Place } from "../place/place.js";
import { describeSchedule } from "../schedule/describe.js";
import { quoteName } from "../base/quote.js";
import { elementCount, formatType } from "../base/tensor.js";
import {
  arenaLowerBound,
  bufferLifetimes,
  liesInArena,
  momentsOf,
  type Lifetime,
} from "./memory/lifetimes.js";
import { layoutText, placeSuffix } from "./printPlace.js";
import { valueNames, type NameOf } from "./valueNames.js";
import type { Buffer, BufferId, Elided, Program, ProgramKernel, Value } from "./program.js";

/** `program name {…}`, after any of the passes that make it: what later ones decide is left out. */
export function printProgram(program: Program): string {
  const { values, kernels, elided } = program;
  const nameOf = valueNames(values);
  let next = 0;
  const elidedBefore = (at: number): string[] => {
    const first = next;
    while (elided[next]?.at === at) next++;
    return elided.slice(first, next).flatMap((one) => elidedLines(one, values, nameOf));
  };
  const lines = [
    ...memoryLines(program),
    ...bufferLines(program, nameOf),
    ...constantLines(program, nameOf),
    ...program.inputs.map(
      ({ value, type, place }) =>
        `input ${nameOf(value)}: ${formatType(type)}${placeSuffix(place)}`,
    ),
    ...program.states.map(
      ({ value, type, place, next }) =>
        `state ${nameOf(value)}: ${formatType(type)}${placeSuffix(place)}, then ${nameOf(next)}`,
    ),
    ...kernels.flatMap((kernel, i) => [...elidedBefore(i), ...kernelLines(kernel, values, nameOf)]),
    ...elidedBefore(kernels.length),
    ...program.outputs.map(
      ({ name, value, type, place }) =>
        `output ${quoteName(name)} = ${nameOf(value)}: ${formatType(type)}${placeSuffix(place)}`,
    ),
    copiesLine(program, nameOf),
  ];
  return `program ${quoteName(program.name)} {\n${lines.map((line) => `  ${line}\n`).join("")}}\n`;
}

function memoryLines(program: Program): string[] {
  if (program.arenaBytes === undefined) return [];
  const bound = arenaLowerBound(program);
  const { overlaidBytes: overlaid = 0 } = program;
  return [
    `arena ${program.arenaBytes} bytes, of which ${bound} are live at once`,
    `constants ${program.constantBytes ?? 0} bytes${overlaid === 0 ? "" : `, the first ${overlaid} of them where the arena ends`}`,
  ];
}

/** `buffer b2: 512 × f32 in arena at byte 64, from %b to the outputs, holds %b, %c, %y` */
function bufferLines(program: Program, nameOf: NameOf): string[] {
  const held = heldBy(program, nameOf);
  const lifetimes = bufferLifetimes(program);
  const moments = momentsOf(program);
  const moment = (at: number): string => {
    const kernel = moments.kernelAt(at);
    if (kernel === undefined) return at === moments.inputs ? "the inputs" : "the outputs";
    return nameOf(program.kernels[kernel]!.output);
  };
  const liveText = (buffer: Buffer, time: Lifetime | undefined): string => {
    if (buffer.offset === undefined || time === undefined || !liesInArena(program, buffer))
      return "";
    const begins = buffer.space === "constants" ? "" : `from ${moment(time.first)} `;
    return `, ${begins}to ${moment(time.last)}`;
  };
  return program.buffers.map((buffer, id) => {
    const { dtype, size, space, margin, offset } = buffer;
    const around = margin === undefined ? "" : `, ${margin} of them margin`;
    const at = offset === undefined ? "" : ` at byte ${offset}`;
    const live = liveText(buffer, lifetimes[id]);
    const what = held.get(id) ?? [];
    const holds = what.length === 0 ? "" : `, holds ${someOf(what)}`;
    return `buffer b${id}: ${size} × ${dtype} in ${space}${at}${around}${live}${holds}`;
  });
}

/** Values, constants and scratch memory by the buffer that they lie in. */
function heldBy(program: Program, nameOf: NameOf): ReadonlyMap<BufferId, readonly string[]> {
  const held = new Map<BufferId, string[]>();
  const add = (place: Place | undefined, what: string): void => {
    if (place === undefined) return;
    const known = held.get(place.buffer);
    if (known === undefined) held.set(place.buffer, [what]);
    else known.push(what);
  };
  program.values.forEach(({ place }, id) => add(place, nameOf(id)));
  for (const { place, what } of constantsOf(program, nameOf)) add(place, what);
  for (const { output, kernel, places } of program.kernels)
    for (const { name } of kernel.temporaries) add(places[name], `${name} of ${nameOf(output)}`);
  return held;
}

/** The longest list of names in one line. */
const MOST_NAMES = 6;

function someOf(names: readonly string[]): string {
  if (names.length <= MOST_NAMES) return names.join(", ");
  return `${names.slice(0, MOST_NAMES).join(", ")} and ${names.length - MOST_NAMES} more`;
}

function constantsOf({ constants, values }: Program, nameOf: NameOf) {
  const ids = new Map(values.map(({ constant }, id) => [constant, id]));
  return constants.map(({ constant, layout, place }) => {
    const id = ids.get(constant);
    const what = id === undefined ? `table ${quoteName(constant.name)}` : nameOf(id);
    return { what, layout, place };
  });
}

function constantLines(program: Program, nameOf: NameOf): string[] {
  return constantsOf(program, nameOf).map(
    ({ what, layout, place }) => `constant ${what} packed "${layout}"${placeSuffix(place)}`,
  );
}

function copiesLine({ kernels }: Program, nameOf: NameOf): string {
  const copies = kernels.filter(({ role }) => role === "copy");
  if (copies.length === 0) return "copies: none";
  return `copies: ${copies.map(({ name, output }) => `${name} (${nameOf(output)})`).join(", ")}`;
}

/** A copy that nothing has to do, with where what it would have written is. */
function elidedLines({ kernel }: Elided, values: readonly Value[], nameOf: NameOf): string[] {
  const { name, output, operands, places } = kernel;
  const from = Object.values(operands).map(nameOf);
  const is = from.length === 1 ? "is" : "are";
  return [
    `no copy: ${name}${coversText(kernel)}`,
    `  has ${nameOf(output)}: ${formatType(values[output]!.type)}${piecesText(kernel)}${placeSuffix(places["out"])}, where ${someOf(from)} ${is}`,
  ];
}

function coversText({ covers }: ProgramKernel): string {
  return covers.length === 0 ? "" : ` covers ${covers.map(quoteName).join(", ")}`;
}

function kernelLines(kernel: ProgramKernel, values: readonly Value[], nameOf: NameOf): string[] {
  const { name, role, operands, places, margins = [], atLoad, algorithm } = kernel;
  const how = algorithm === undefined ? "" : ` (${algorithm})`;
  const loadText = atLoad === true ? " at load" : "";
  const whenText = guardText(kernel, nameOf);
  const { inputs, constants, temporaries } = kernel.kernel;
  const isPlaced = places["out"] !== undefined;
  return [
    `kernel ${name}${role === "compute" ? "" : ` (${role})`}${how}${loadText}${whenText}${coversText(kernel)}`,
    `  ${writesText(kernel, values, nameOf)}`,
    ...inputs.map((input) => {
      const read = `${nameOf(operands[input.name]!)}: ${formatType(input.type)}`;
      const around = !isPlaced && margins.includes(input.name) ? " with its margin" : "";
      return `  reads ${input.name} = ${read}${placeSuffix(places[input.name])}${around}`;
    }),
    ...constants.map(
      (table) =>
        `  reads table ${table.name}: ${formatType(table.value.type)}${placeSuffix(places[table.name])}`,
    ),
    ...temporaries
      .filter(({ dims }) => dims.length > 0)
      .map(
        ({ name: scratch, dtype, dims }) =>
          `  keeps ${scratch}: ${formatType({ dtype, dims })}${placeSuffix(places[scratch])}`,
      ),
    ...scheduleLines(kernel),
  ];
}

/** ` when %c, not %d` */
function guardText({ when = [] }: ProgramKernel, nameOf: NameOf): string {
  if (when.length === 0) return "";
  const texts = when.map(({ value, is }) => `${is ? "" : "not "}${nameOf(value)}`);
  return ` when ${texts.join(", ")}`;
}

function writesText(kernel: ProgramKernel, values: readonly Value[], nameOf: NameOf) {
  const { role, output, places } = kernel;
  const value = values[output]!;
  const { margin, fill } = value;
  const out = places["out"];
  const what = `${nameOf(output)}: ${formatType(value.type)}`;
  if (out === undefined)
    return `${role === "fill" ? "fills around" : "writes"} ${what}${layoutText(value, nameOf)}`;
  if (role === "fill" && margin !== undefined)
    return `fills around ${what}${placeSuffix({ ...out, margin, ...(fill && { fill }) })}`;
  return `writes ${what}${piecesText(kernel)}${placeSuffix(out)}`;
}

/** Of a concat that is there in part what is meant: ` only [0..1, 0..3]`. */
function piecesText({ kernel: { computes, output }, view }: ProgramKernel): string {
  if (view?.kind !== "concat") return "";
  const pieces = computes.map(({ axes, index }) =>
    index.map((one) => intervalOf(one, extentsOf(axes))),
  );
  const sizes = pieces.map((dims) => elementCount(dims.map(({ min, max }) => max - min + 1)));
  if (sizes.reduce((sum, size) => sum + size, 0) === elementCount(output.dims)) return "";
  const texts = pieces.map(
    (dims) => `[${dims.map(({ min, max }) => `${min}..${max}`).join(", ")}]`,
  );
  return ` only ${someOf(texts)}`;
}

/** One line for each Compute, which all run inside the outer axes. */
function scheduleLines({ kernel, schedules }: ProgramKernel): string[] {
  const { computes, outer } = kernel;
  const areParts = computes.every(({ target }) => target === "out");
  const loops = schedules.map((schedule, i) => {
    const { axes, reduce, target, scan = [] } = computes[i]!;
    const runs = describeSchedule(schedule, [...axes, ...reduce]);
    const steps = scan.map(({ name, extent }) => `step ${name}<${extent}, `).join("");
    return `  runs ${steps}${runs}${areParts ? "" : ` → ${target}`}`;
  });
  if (outer.length === 0 || loops.length === 0) return loops;
  const around = outer.map(({ name, extent }) => `${name}<${extent}`).join(", ");
  return [`  inside ${around}`, ...loops];
}
