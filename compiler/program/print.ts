/** Writes a Program down: kernels with what they cover, places, schedules, memory, and the copies that remain. */
import { formatOperand } from "../graph/names.js";
import type { Operand } from "../graph/definition.js";
import type { Place } from "../place/place.js";
import type { Schedule } from "../schedule/schedule.js";
import { quoteName } from "../base/quote.js";
import { formatType } from "../base/tensor.js";
import { arenaLowerBound } from "./memory.js";
import type { Program, ProgramKernel } from "./program.js";

/** `program name {…}`, after any of the passes that make it: what later ones decide is left out. */
export function printProgram(program: Program): string {
  const lines = [
    ...memoryLines(program),
    ...program.buffers.map(({ name, dtype, size, space, offset }) => {
      const at = offset === undefined ? "" : ` at byte ${offset}`;
      return `buffer ${quoteName(name)}: ${size} × ${dtype} in ${space}${at}`;
    }),
    ...program.inputs.map(
      ({ name, type, place }) =>
        `input ${formatOperand(`%${name}`)}: ${formatType(type)}${placeSuffix(place)}`,
    ),
    ...program.kernels.flatMap(kernelLines),
    ...program.outputs.map(
      ({ name, value, type, place }) =>
        `output ${quoteName(name)} = ${formatOperand(value)}: ${formatType(type)}${placeSuffix(place)}`,
    ),
    copiesLine(program),
  ];
  return `program ${quoteName(program.name)} {\n${lines.map((line) => `  ${line}\n`).join("")}}\n`;
}

function memoryLines(program: Program): string[] {
  if (program.arenaBytes === undefined) return [];
  const bound = arenaLowerBound(program);
  return [
    `arena ${program.arenaBytes} bytes, of which ${bound} are live at once`,
    `constants ${program.constantBytes ?? 0} bytes`,
  ];
}

function copiesLine({ kernels }: Program): string {
  const copies = kernels.filter(({ role }) => role === "copy");
  if (copies.length === 0) return "copies: none";
  return `copies: ${copies.map(({ name, output }) => `${name} (${formatOperand(output)})`).join(", ")}`;
}

function kernelLines(kernel: ProgramKernel): string[] {
  const { name, role, covers, output, places } = kernel;
  const { computes, inputs, output: type } = kernel.kernel;
  const what = covers.length === 0 ? "" : ` covers ${covers.map(quoteName).join(", ")}`;
  const known = new Map(inputs.map((input) => [input.name, formatType(input.type)]));
  return [
    `kernel ${name} (${role})${what}`,
    `  writes ${formatOperand(output)}: ${formatType(type)}${placeSuffix(places["out"])}`,
    ...inputs.map((input) => {
      const shown = sourceName(input.name);
      return `  reads ${shown}: ${known.get(input.name)!}${placeSuffix(places[input.name])}`;
    }),
    ...kernel.schedules.map((schedule, i) => {
      const axes = [...computes[i]!.axes, ...computes[i]!.reduce];
      return `  runs ${describeSchedule(schedule, axes)}`;
    }),
  ];
}

function sourceName(source: string): string {
  return /^[%@]/.test(source) ? formatOperand(source as Operand) : quoteName(source);
}

function placeSuffix(place: Place | undefined): string {
  return place === undefined ? "" : ` in ${describePlace(place)}`;
}

/** `b1 +30 strides [720,1,48] margin [0..0, 1..1]=0` */
export function describePlace({ buffer, offset, strides, block, margin, fill }: Place): string {
  const parts = [quoteName(buffer)];
  if (offset !== 0) parts.push(`+${offset}`);
  parts.push(`strides [${strides.join(",")}]`);
  if (block !== undefined)
    parts.push(`blocks of ${block.size} in dim ${block.dim}, ${block.stride} apart`);
  if (margin !== undefined) {
    const sides = margin.map(([before, after]) => `${before}..${after}`).join(", ");
    const value = fill === undefined ? "" : fill.mode === "constant" ? fill.value : fill.mode;
    parts.push(`margin [${sides}]${value === "" ? "" : ` = ${value}`}`);
  }
  return parts.join(" ");
}

/** `for oh, ow by 4 (4 unrolled), oc by 8 (8 unrolled), then ic, kh, kw` */
export function describeSchedule(
  schedule: Schedule,
  axes: readonly { readonly name: string; readonly extent: number }[],
): string {
  const extents = new Map(axes.map(({ name, extent }) => [name, extent]));
  const fused = Object.entries(schedule.fuse ?? {}).map(
    ([name, parts]) => `${parts.join("·")} as ${name}`,
  );
  for (const [name, parts] of Object.entries(schedule.fuse ?? {})) {
    const known = parts.map((part) => extents.get(part));
    if (!known.includes(undefined))
      extents.set(
        name,
        known.reduce<number>((product, extent) => product * extent!, 1),
      );
  }
  const loops = schedule.order.map((axis) => {
    const splits = (schedule.split[axis] ?? []).map(({ factor, kind }) =>
      kind === "unroll" ? `${factor} unrolled` : `${factor} lanes`,
    );
    const extent = extents.get(axis);
    const size = extent === undefined ? axis : `${axis}<${extent}`;
    return splits.length === 0 ? size : `${size} (${splits.join(", ")})`;
  });
  const unordered = Object.keys(schedule.split).filter((axis) => !schedule.order.includes(axis));
  const rest = unordered.map(
    (axis) => `${axis} (${(schedule.split[axis] ?? []).map(({ factor }) => factor).join(", ")})`,
  );
  const loopText = [...loops, ...rest].join(", ");
  const more = [
    ...(fused.length === 0 ? [] : [fused.join(", ")]),
    ...(schedule.park === true ? ["sums wait in memory for what comes after them"] : []),
  ];
  return [loopText === "" ? "once" : `for ${loopText}`, ...more].join("; ");
}
