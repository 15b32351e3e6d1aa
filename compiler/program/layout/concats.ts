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
  const parts = partsOf(kernel, axis, values);
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
