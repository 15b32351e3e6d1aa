/** What a model's outputs are in double precision, which the errors of engines are measured against. */
import { planModel } from "../../compiler/compile.js";
import { startOf } from "../../compiler/emit/emission.js";
import type { Definition } from "../../compiler/graph/definition.js";
import { passes } from "../../compiler/passes/index.js";
import { lowerProgram } from "../../compiler/program/lower.js";
import type { KernelCall } from "../../compiler/program/lowered.js";
import { packConstants } from "../../compiler/program/pack.js";
import { givenPorts, wantedPorts } from "../../compiler/program/ports.js";
import { printFunction, printParts } from "../../compiler/targets/ts/print.js";
import { elementCount } from "../../compiler/base/tensor.js";
import { importFunctions } from "../support/compileTypeScript.js";
import { unlimited } from "../support/unlimited.js";
import type { Arrays } from "./peer.js";

type Elements = Float64Array | Int32Array | Int16Array | Int8Array | Uint8Array;

export type Doubles = Readonly<Record<string, Float64Array>>;

/**
 * Outputs by name. The model's kernels are those of the TypeScript target, which computes and sums in f64, on memory
 * of f64 as well: no value on the way is rounded to f32, only weights and inputs are f32. Nothing is folded into
 * weights before. exp and kin are the target's own polynomials, whose error is far below that of an f32. Undefined of
 * models that take or give anything but f32.
 */
export async function exactOutputs(
  definition: Definition,
  inputs: Arrays,
): Promise<Doubles | undefined> {
  const disable = passes.map(({ name }) => name);
  const { program } = planModel(definition, { target: "ts", disable, ...unlimited() });
  const ports = [...givenPorts(program), ...wantedPorts(program)];
  if (ports.some(({ type }) => type.dtype !== "f32")) return undefined;
  const lowered = lowerProgram(program);
  const bytes = packConstants(program).slice().buffer;
  const arena = new Float64Array((program.arenaBytes ?? 0) / 4);
  // Each buffer has elements of one kind: memories of all kinds can lie side by side.
  const memory: Readonly<Record<string, Elements>> = {
    f32: arena,
    i32: new Int32Array(arena.length),
    i8: new Int8Array(4 * arena.length),
    u8: new Uint8Array(4 * arena.length),
    i16: new Int16Array(2 * arena.length),
    weights: Float64Array.from(new Float32Array(bytes)),
    tables: new Int32Array(bytes),
    int8: new Int8Array(bytes),
    uint8: new Uint8Array(bytes),
    int16: new Int16Array(bytes),
  };
  const source = lowered.functions.map(({ name, code }) => printFunction(`kernel_${name}`, code));
  const names = lowered.functions.map(({ name }) => `kernel_${name}`);
  const functions = await importFunctions<Elements>(source.join("\n"), names);
  const arrays = new Map(
    lowered.functions.map(({ name, code }) => [
      name,
      printParts(code).arrays.map((of) => memory[of]!),
    ]),
  );
  const call = ({ function: name, arguments: addresses, when = [] }: KernelCall): void => {
    if (when.some(({ element, is }) => (memory["i32"]![element] !== 0) !== is)) return;
    functions.get(`kernel_${name}`)!(...arrays.get(name)!, ...addresses);
  };
  // What only loading needs may lie where inputs do later.
  lowered.calls.filter(({ atLoad }) => atLoad === true).forEach(call);
  for (const port of givenPorts(program)) arena.set(inputs[port.name]!, startOf(port, program));
  lowered.calls.filter(({ atLoad }) => atLoad !== true).forEach(call);
  return Object.fromEntries(
    wantedPorts(program).map((port) => {
      const start = startOf(port, program);
      return [port.name, arena.slice(start, start + elementCount(port.type.dims))];
    }),
  );
}

/** The largest error of any output's element, relative to the root mean square of the output. */
export function largestError(outputs: Arrays, exact: Doubles): number {
  const errors = Object.entries(exact).map(([name, right]) => {
    const values = outputs[name]!;
    if (values.length !== right.length || right.length === 0) return Infinity;
    const rms = Math.sqrt(right.reduce((sum, value) => sum + value * value, 0) / right.length);
    return right.reduce((most, value, i) => Math.max(most, Math.abs(values[i]! - value)), 0) / rms;
  });
  return Math.max(...errors);
}
