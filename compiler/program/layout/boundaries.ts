/**
 * copy-boundaries: what the caller of a model writes and reads is dense and row-major, so a kernel that would like
 * an input otherwise reads a copy, and an output that cannot be memory of its own is one.
 *
 *   conv(%image)          =>   %image' = copy(%image), channels last; conv(%image')
 *   return y = %image     =>   %y = copy(%image); return y = %y
 */
import { isEmpty } from "../../base/tensor.js";
import type { LayoutChoices } from "./choices.js";
import type { Port, Program, ProgramKernel, Value, ValueId } from "../program.js";
import { givenPorts } from "../ports.js";
import { copyKernel } from "./copy.js";
import { marginRequest } from "./marginRequest.js";
import { readersOf } from "./readers.js";
import { filterDim } from "./wanted.js";

export function copyBoundaries(program: Program, target: LayoutChoices): Program {
  return copyOutputs(target.activations === "channels-last" ? copyInputs(program) : program);
}

/** A kernel over channels gets them last, and room for what it reads beyond the edge. */
function copyInputs(program: Program): Program {
  const readers = readersOf(program);
  const values: Value[] = [...program.values];
  const copies: ProgramKernel[] = [];
  const instead = new Map<ProgramKernel, Map<ValueId, ValueId>>();
  for (const { value: input, type } of givenPorts(program)) {
    const wanting = readers[input]!.filter((kernel) => kernel.layout === "channels-last");
    if (type.dims.length < 3 || !wanting.some((kernel) => gains(kernel, input, type.dims)))
      continue;
    const copy = values.length;
    values.push({ name: values[input]!.name, type });
    copies.unshift(copyKernel(input, values[input]!, copy, "row-major"));
    for (const kernel of wanting)
      instead.set(kernel, new Map([...(instead.get(kernel) ?? []), [input, copy]]));
  }
  const kernels = program.kernels.map((kernel) => readInstead(kernel, instead.get(kernel)));
  return { ...program, values, kernels: [...copies, ...kernels] };
}

function gains(kernel: ProgramKernel, input: ValueId, dims: readonly number[]): boolean {
  return dims[1] !== 1 || marginsWanted(kernel, input) || filterDim(kernel, input) !== undefined;
}

/** Whether a kernel reads a value beyond its edges. */
export function marginsWanted(kernel: ProgramKernel, value: ValueId): boolean {
  return Object.entries(kernel.operands).some(
    ([source, read]) => read === value && marginRequest(kernel, source) !== undefined,
  );
}

function readInstead(
  kernel: ProgramKernel,
  instead: ReadonlyMap<ValueId, ValueId> | undefined,
): ProgramKernel {
  if (instead === undefined) return kernel;
  const operands = Object.entries(kernel.operands).map(([source, value]) => [
    source,
    instead.get(value) ?? value,
  ]);
  return { ...kernel, operands: Object.fromEntries(operands) as ProgramKernel["operands"] };
}

/**
 * An output that is an input, a constant, a view, returned twice, or read beyond its edges gets a copy of its own.
 * One without elements gets room for them, which nothing has to write.
 */
function copyOutputs(program: Program): Program {
  const values: Value[] = [...program.values];
  const kernels = [...program.kernels];
  const readers = readersOf(program);
  const writers = new Map(program.kernels.map((kernel) => [kernel.output, kernel]));
  const seen = new Set<ValueId>();
  const outputs = program.outputs.map((output): Port => {
    const { value } = output;
    const writer = writers.get(value);
    const own = writer !== undefined && writer.view === undefined && !seen.has(value);
    seen.add(value);
    const inTheWay = readers[value]!.some(
      (kernel) => kernel.view !== undefined || marginsWanted(kernel, value),
    );
    if (own && !inTheWay) return output;
    const copy = values.length;
    values.push({ name: values[value]!.name, type: output.type });
    if (!isEmpty(output.type)) kernels.push(copyKernel(value, values[value]!, copy, "row-major"));
    return { ...output, value: copy };
  });
  return { ...program, values, kernels, outputs };
}
