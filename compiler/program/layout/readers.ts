/** Who reads and who writes each value of a Program. */
import type { Program, ProgramKernel, ValueId } from "../program.js";

/** The kernels that read each value, by its id. */
export type Readers = readonly (readonly ProgramKernel[])[];

export function readersOf({ values, kernels }: Program): Readers {
  const readers = values.map((): ProgramKernel[] => []);
  for (const kernel of kernels)
    for (const value of new Set(Object.values(kernel.operands))) readers[value]!.push(kernel);
  return readers;
}

/** The value that a view or copy is of: its first operand. */
export function viewed({ kernel, operands }: ProgramKernel): ValueId {
  return operands[kernel.inputs[0]!.name]!;
}

/** Whether each value is written by a kernel. */
export function writtenValues({ values, kernels }: Program): readonly boolean[] {
  const written = values.map(() => false);
  for (const { output } of kernels) written[output] = true;
  return written;
}
