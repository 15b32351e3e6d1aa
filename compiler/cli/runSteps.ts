/** Runs a module once for each step of its inputs, from its first states on, and puts the outputs together. */
import { fail } from "../base/error.js";
import { elementCount, newData, type Tensor, type TensorData } from "../base/tensor.js";
import type { Program } from "../program/program.js";
import type { LoadedModule } from "./runModule.js";

type Values = ReadonlyMap<string, Tensor>;

/**
 * Outputs by name for inputs by name, which have a dim of steps before their own, as the outputs then do. Throws
 * CompileError `shape-mismatch` where inputs are of different numbers of steps.
 */
export function runSteps(module: LoadedModule, program: Program, inputs: Values): Values {
  const count = stepsOf(inputs);
  const outputs = new Map(
    program.outputs.map(({ name, type: { dtype, dims } }): [string, Tensor] => {
      const type = { dtype, dims: [count, ...dims] };
      return [name, { type, data: newData(dtype, elementCount(type.dims)) }];
    }),
  );
  for (let step = 0; step < count; step++) {
    const given = [...inputs].map(([name, value]) => [name, stepOf(value, step, count)] as const);
    const results = module.run(Object.fromEntries(given));
    for (const [name, value] of outputs) stepOf(value, step, count).set(results[name] as never);
  }
  return outputs;
}

function stepsOf(inputs: Values): number {
  const counts = [...inputs].map(([name, { type }]) => [name, type.dims[0]!] as const);
  const [first] = counts;
  const other = counts.find(([, count]) => count !== first?.[1]);
  if (first === undefined) return 1;
  if (other === undefined) return first[1];
  const message = `input '${first[0]}' has ${first[1]} steps and '${other[0]}' has ${other[1]}`;
  return fail("shape-mismatch", message, { hint: "every input has a value for each step" });
}

function stepOf({ data }: Tensor, step: number, count: number): TensorData {
  const length = data.length / count;
  return data.subarray(step * length, (step + 1) * length);
}
