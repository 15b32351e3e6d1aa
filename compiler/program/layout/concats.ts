/** Which operands of a concat can be written where the concat holds them. */
import type { ProgramKernel, Value, ValueId } from "../program.js";
import { turnAround, wholeRoot, wholesOf, type Aliases } from "./aliasTree.js";

interface Part {
  readonly operand: ValueId;
  readonly offset: number;
}

/** Adds to `aliases` what of a concat needs no copy; `movable` roots may be told where to live. */
export function findConcatParts(
  kernel: ProgramKernel,
  axis: number,
  values: readonly Value[],
  aliases: Aliases,
  movable: (root: ValueId) => boolean,
): void {
  const parts = joinSlices(partsOf(kernel, axis, values), axis, values, aliases);
  const whole = commonWhole(parts, axis, aliases);
  if (whole !== undefined && aliases[kernel.output] === undefined) {
    aliases[kernel.output] = { ...whole, axis };
    return;
  }
  const above = wholesOf(kernel.output, aliases);
  for (const { operand, offset } of parts) {
    const root = wholeRoot(operand, aliases);
    if (root === undefined || !movable(root) || above.has(root)) continue;
    turnAround(operand, aliases);
    aliases[operand] = { kind: "part", of: kernel.output, axis, offset };
  }
}

/** The operands in order, with where each begins. */
function partsOf(kernel: ProgramKernel, axis: number, values: readonly Value[]): Part[] {
  let offset = 0;
  return kernel.kernel.computes.map(({ body }) => {
    if (body.kind !== "load") throw new Error("a concat copies its operands");
    const operand = kernel.operands[body.source]!;
    const part = { operand, offset };
    offset += values[operand]!.type.dims[axis]!;
    return part;
  });
}

/** Slices that are, one after the other, all of what they were cut from, are that: split(x) side by side is x. */
function joinSlices(
  parts: readonly Part[],
  axis: number,
  values: readonly Value[],
  aliases: Aliases,
): Part[] {
  const joined: Part[] = [];
  for (let at = 0; at < parts.length;) {
    const { operand, offset } = parts[at]!;
    const whole = slicedAlong(operand, axis, 0, values, aliases);
    const count = whole === undefined ? 0 : slicesOf(whole, parts.slice(at), axis, values, aliases);
    joined.push(count === 0 ? parts[at]! : { operand: whole!, offset });
    at += Math.max(1, count);
  }
  return joined;
}

/** How many parts from the first on are together all of a value; 0 where they are not. */
function slicesOf(
  whole: ValueId,
  parts: readonly Part[],
  axis: number,
  values: readonly Value[],
  aliases: Aliases,
): number {
  let start = 0;
  for (const [at, { operand }] of parts.entries()) {
    if (slicedAlong(operand, axis, start, values, aliases) !== whole) return 0;
    start += values[operand]!.type.dims[axis]!;
    if (start === values[whole]!.type.dims[axis]) return at + 1;
  }
  return 0;
}

/** The value of which another is a slice that begins at `start` along the axis and is whole along all others. */
function slicedAlong(
  value: ValueId,
  axis: number,
  start: number,
  values: readonly Value[],
  aliases: Aliases,
): ValueId | undefined {
  const alias = aliases[value];
  if (alias?.kind !== "view" || alias.view.kind !== "slice") return undefined;
  const { starts, steps } = alias.view;
  const [dims, from] = [values[value]!.type.dims, values[alias.of]!.type.dims];
  const isPart = dims.every((dim, d) =>
    d === axis ? starts[d] === start && steps[d] === 1 : dim === from[d] && steps[d] === 1,
  );
  return isPart ? alias.of : undefined;
}

/** Where all operands already lie one after the other in one home, the concat is there too. */
function commonWhole(
  parts: readonly Part[],
  axis: number,
  aliases: Aliases,
): { kind: "part"; of: ValueId; offset: number } | undefined {
  const first = aliases[parts[0]!.operand];
  if (first?.kind !== "part" || first.axis !== axis) return undefined;
  const lined = parts.every(({ operand, offset }) => {
    const alias = aliases[operand];
    return (
      alias?.kind === "part" &&
      alias.of === first.of &&
      alias.axis === axis &&
      alias.offset === first.offset + offset
    );
  });
  return lined ? { kind: "part", of: first.of, offset: first.offset } : undefined;
}
