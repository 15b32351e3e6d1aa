/** Writes a Program down: kernels with what they cover, places, schedules, memory, and the copies that remain. */
import { formatOperand } from "../graph/names.js";
import type { Boundary } from "../compute/ir.js";
import type { Margin, Place } from "../place/place.js";
import type { Schedule } from "../schedule/schedule.js";
import { quoteName } from "../base/quote.js";
import { formatType } from "../base/tensor.js";
import { arenaLowerBound } from "./memory/lifetimes.js";
import type { Alias, Program, ProgramKernel, Value, ValueId } from "./program.js";

/** `program name {…}`, after any of the passes that make it: what later ones decide is left out. */
export function printProgram(program: Program): string {
  const nameOf = valueNames(program.values);
  const lines = [
    ...memoryLines(program),
    ...program.buffers.map(({ name, dtype, size, space, offset }, id) => {
      const at = offset === undefined ? "" : ` at byte ${offset}`;
      return `buffer b${id}: ${size} × ${dtype} in ${space}${at}, for ${quoteName(name)}`;
    }),
    ...program.constants.map(
      ({ constant, layout, place }) =>
        `constant ${quoteName(constant.name)} packed ${layout}${placeSuffix(place)}`,
    ),
    ...program.inputs.map(
      ({ value, type, place }) =>
        `input ${nameOf(value)}: ${formatType(type)}${placeSuffix(place)}`,
    ),
    ...program.kernels.flatMap((kernel, i) => [
      ...program.elided
        .filter(({ at }) => at === i)
        .map(
          ({ kernel: { name, output } }) => `no copy: ${name} (${nameOf(output)}) is there already`,
        ),
      ...kernelLines(kernel, program.values, nameOf),
    ]),
    ...program.outputs.map(
      ({ name, value, type, place }) =>
        `output ${quoteName(name)} = ${nameOf(value)}: ${formatType(type)}${placeSuffix(place)}`,
    ),
    copiesLine(program, nameOf),
  ];
  return `program ${quoteName(program.name)} {\n${lines.map((line) => `  ${line}\n`).join("")}}\n`;
}

/** `%conv1`, `@conv1.weight`; of several values that have one name all say which they are: `%image#5`. */
export function valueNames(values: readonly Value[]): (value: ValueId) => string {
  const bare = values.map(({ name, constant }) =>
    formatOperand(constant === undefined ? `%${name}` : `@${name}`),
  );
  const counts = new Map<string, number>();
  for (const name of bare) counts.set(name, (counts.get(name) ?? 0) + 1);
  return (value) => (counts.get(bare[value]!) === 1 ? bare[value]! : `${bare[value]!}#${value}`);
}

function memoryLines(program: Program): string[] {
  if (program.arenaBytes === undefined) return [];
  const bound = arenaLowerBound(program);
  return [
    `arena ${program.arenaBytes} bytes, of which ${bound} are live at once`,
    `constants ${program.constantBytes ?? 0} bytes`,
  ];
}

function copiesLine({ kernels }: Program, nameOf: (value: ValueId) => string): string {
  const copies = kernels.filter(({ role }) => role === "copy");
  if (copies.length === 0) return "copies: none";
  return `copies: ${copies.map(({ name, output }) => `${name} (${nameOf(output)})`).join(", ")}`;
}

function kernelLines(
  kernel: ProgramKernel,
  values: readonly Value[],
  nameOf: (value: ValueId) => string,
): string[] {
  const { name, role, covers, output, operands, places } = kernel;
  const { computes, inputs, constants, output: type } = kernel.kernel;
  const what = covers.length === 0 ? "" : ` covers ${covers.map(quoteName).join(", ")}`;
  const where = places["out"] === undefined ? layoutText(values[output]!, nameOf) : "";
  return [
    `kernel ${name} (${role})${what}`,
    `  writes ${nameOf(output)}: ${formatType(type)}${placeSuffix(places["out"])}${where}`,
    ...inputs.map((input) => {
      const read = nameOf(operands[input.name]!);
      return `  reads ${input.name} = ${read}: ${formatType(input.type)}${placeSuffix(places[input.name])}`;
    }),
    ...constants.map(
      (table) =>
        `  reads table ${table.name}: ${formatType(table.value.type)}${placeSuffix(places[table.name])}`,
    ),
    ...kernel.schedules.map((schedule, i) => {
      const axes = [...computes[i]!.axes, ...computes[i]!.reduce];
      return `  runs ${describeSchedule(schedule, axes)}`;
    }),
  ];
}

/** What is decided of a value before it has a place: ` nested [0,2,3,1] in %c at 8 along 1, margin [0..0, 1..1] = 0`. */
function layoutText(
  { order, alias, margin, fill }: Value,
  nameOf: (value: ValueId) => string,
): string {
  const parts = [
    ...(order === undefined ? [] : [`nested [${order.join(",")}]`]),
    ...(alias === undefined ? [] : [aliasText(alias, nameOf)]),
    ...(margin === undefined ? [] : [marginText(margin, fill)]),
  ];
  return parts.length === 0 ? "" : ` ${parts.join(", ")}`;
}

function aliasText(alias: Alias, nameOf: (value: ValueId) => string): string {
  if (alias.kind === "part")
    return `part of ${nameOf(alias.of)} at ${alias.offset} along ${alias.axis}`;
  const { view } = alias;
  if (view.kind === "permute")
    return `${nameOf(alias.of)} permuted [${view.permutation.join(",")}]`;
  if (view.kind === "slice")
    return `${nameOf(alias.of)} from [${view.starts.join(",")}] by [${view.steps.join(",")}]`;
  return `${nameOf(alias.of)} reshaped`;
}

function marginText(margin: Margin, fill: Boundary | undefined): string {
  const sides = margin.map(([before, after]) => `${before}..${after}`).join(", ");
  const value = fill === undefined ? "" : fill.mode === "constant" ? fill.value : fill.mode;
  return `margin [${sides}]${value === "" ? "" : ` = ${value}`}`;
}

function placeSuffix(place: Place | undefined): string {
  return place === undefined ? "" : ` in ${describePlace(place)}`;
}

/** `b1 +30 strides [720,1,48] margin [0..0, 1..1]=0` */
function describePlace({ buffer, offset, strides, block, margin, fill }: Place): string {
  const parts = [`b${buffer}`];
  if (offset !== 0) parts.push(`+${offset}`);
  parts.push(`strides [${strides.join(",")}]`);
  if (block !== undefined)
    parts.push(`blocks of ${block.size} in dim ${block.dim}, ${block.stride} apart`);
  if (margin !== undefined) parts.push(marginText(margin, fill));
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
