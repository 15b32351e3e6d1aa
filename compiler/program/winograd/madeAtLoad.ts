/** What kernels make of constants when a module loads, and other kernels read in their place. */
import { rowMajor } from "../../place/views.js";
import type { Kernel } from "../../compute/ir.js";
import type { ProgramKernel, Value, ValueId } from "../program.js";

/** The values that a Program will have, and which of them kernels at load make, by what those do. */
export interface Made {
  readonly values: Value[];
  readonly byKernel: Map<string, ValueId>;
}

/**
 * The value that `kernel` makes of a source of `reader`, and a kernel of the Program called after it and `what`; none
 * where another one makes the same already: convolutions that share weights share what is made of them.
 */
export function madeAtLoad(
  reader: ProgramKernel,
  source: string,
  kernel: Kernel,
  what: string,
  { values, byKernel }: Made,
): { readonly value: ValueId; readonly kernels: readonly ProgramKernel[] } {
  const from = reader.operands[source]!;
  const key = JSON.stringify([from, kernel]);
  const known = byKernel.get(key);
  if (known !== undefined) return { value: known, kernels: [] };
  const { output: type } = kernel;
  const output = values.length;
  values.push({ name: values[from]!.name, type, order: rowMajor(type.dims.length) });
  byKernel.set(key, output);
  const maker: ProgramKernel = {
    name: `${reader.name}_${what}`,
    role: "compute",
    covers: [],
    kernel,
    operands: { [source]: from },
    output,
    layout: "row-major",
    schedules: [],
    places: {},
  };
  return { value: output, kernels: [maker] };
}
