/** What kernels make of constants alone, and which of it can lie as its readers want it. */
import type { Program, ProgramKernel, ValueId } from "../program.js";

/**
 * Values that are written at load, in buffers of their own that nothing else lives in, and that are read as constants
 * alone: also those of kernels that stand alone here, whose writers are elsewhere.
 */
export function packableValues(program: Program): ReadonlySet<ValueId> {
  const { values, kernels, elided } = program;
  const all: readonly ProgramKernel[] = [...kernels, ...elided.map(({ kernel }) => kernel)];
  const inBuffer = new Map<number, number>();
  for (const { place } of values)
    if (place !== undefined) inBuffer.set(place.buffer, (inBuffer.get(place.buffer) ?? 0) + 1);
  const packable = new Set<ValueId>();
  for (const { kernel, operands } of kernels)
    for (const { name, constant } of kernel.inputs)
      if (constant === true) packable.add(operands[name]!);
  const written = new Set(all.map(({ output }) => output));
  for (const id of [...packable]) {
    const { constant, alias, margin, place } = values[id]!;
    const isOwner = alias === undefined && margin === undefined && place !== undefined;
    if (constant !== undefined || !isOwner || inBuffer.get(place.buffer) !== 1) packable.delete(id);
  }
  for (const { kernel, operands, role, output, atLoad, when = [] } of all) {
    for (const { name, constant } of kernel.inputs)
      if (constant !== true || role !== "compute") packable.delete(operands[name]!);
    for (const { value } of when) packable.delete(value);
    if (written.has(output) && (atLoad !== true || role !== "compute")) packable.delete(output);
  }
  return packable;
}

/**
 * Values that are the same in every run: constants, and what kernels make of nothing else. Outputs are the caller's
 * until the next run, and what states become is changed: both are written in each.
 */
export function fixedValues(
  { values, kernels }: Pick<Program, "values" | "kernels">,
  wanted: ReadonlySet<ValueId>,
): ReadonlySet<ValueId> {
  const fixed = new Set<ValueId>();
  values.forEach(({ constant }, id) => constant !== undefined && fixed.add(id));
  for (const { operands, output } of kernels)
    if (!wanted.has(output) && Object.values(operands).every((value) => fixed.has(value)))
      fixed.add(output);
  return fixed;
}
