/** Runs planned Programs kernel by kernel on whatever executes kernels, and shows each one's value as it lies in memory. */
import { startOf } from "../../compiler/emit/emission.js";
import { interpretStmt } from "../../compiler/meaning/interpretStmt.js";
import { elementsOf } from "../../compiler/meaning/stmtMemory.js";
import type { Place } from "../../compiler/place/place.js";
import type { LoweredProgram } from "../../compiler/program/lowered.js";
import { lowerProgram } from "../../compiler/program/lower.js";
import { bufferOf, elementAddress } from "../../compiler/program/memory/address.js";
import { packConstants, packTensor } from "../../compiler/program/pack.js";
import { givenPorts, wantedPorts } from "../../compiler/program/ports.js";
import type { Program, ProgramKernel, Port } from "../../compiler/program/program.js";
import { memoryArrays } from "../../compiler/targets/ts/arrays.js";
import { printFunction, printParts } from "../../compiler/targets/ts/print.js";
import { programFor } from "../../compiler/targets/variant.js";
import type { Simd } from "../../compiler/targets/wasm/simd.js";
import { variantOf } from "../../compiler/targets/wasm/variants.js";
import {
  elementCount,
  newData,
  tensor,
  type Tensor,
  type TensorType,
} from "../../compiler/base/tensor.js";
import { writeInputs, type PortSpec } from "../../runtime/index.js";
import { importFunctions } from "./compileTypeScript.js";
import type { Engine } from "./engine.js";
import { allocate, memoryIn, type Arrays, type Memory } from "./memory.js";
import { assemble, printKernels } from "./simd.js";

/** A Program ready to run: memory with its constants in place, and code. */
export interface Execution extends Pick<Memory, "arena" | "begin"> {
  readonly program: Program;
  readonly lowered: LoweredProgram;
  /** Runs kernel number `position` of the Program. */
  call(position: number): void;
}

/**
 * Sees the value that a kernel has just written, read through its Place. What it returns takes the value's
 * place before the next kernel runs.
 */
export type Observe = (kernel: ProgramKernel, value: Tensor) => Tensor | undefined;

const lowerings = new WeakMap<Program, LoweredProgram>();

/** Lowered once, however many engines run it and checks look at it. */
export function loweredOf(program: Program): LoweredProgram {
  const known = lowerings.get(program) ?? lowerProgram(program);
  lowerings.set(program, known);
  return known;
}

/** On the interpreter of Stmt; `rounding` rounds every f32 operation, as SIMD does. */
export function interpretProgram(program: Program, rounding = false): Execution {
  const memory = allocate(program);
  const lowered = loweredOf(program);
  const byName = new Map(lowered.functions.map(({ name, code }) => [name, code]));
  return {
    program,
    lowered,
    arena: memory.arena,
    begin: memory.begin,
    call(position) {
      const call = lowered.calls[position]!;
      interpretStmt(byName.get(call.function)!, memory, call.arguments, rounding);
    },
  };
}

/** On what the kernels are printed as: Programs planned for the engine's target. */
export async function compilePrograms(
  programs: readonly Program[],
  engine: Engine = "ts",
): Promise<readonly Execution[]> {
  return engine === "ts"
    ? compileTypeScript(programs)
    : programs.map((one) => compileWasm(one, engine));
}

/** A module and a memory for each Program; its kernels are called one by one. */
function compileWasm(program: Program, simd: Simd): Execution {
  const own = programFor(program, variantOf[simd]);
  const lowered = loweredOf(own);
  const constants = packConstants(program);
  const { arenaBytes = 0, overlaidBytes } = program;
  const input = { ...lowered, constantBytes: constants.length, arenaBytes, overlaidBytes };
  const { text, memory: layout, calls } = printKernels(input, simd);
  const { pages } = layout;
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
  const { constantsStart, arenaStart } = layout;
  const { arena, begin } = memoryIn(
    ...([memory.buffer, constants, constantsStart, arenaStart, arenaBytes] as const),
  );
  const module = new WebAssembly.Module(assemble(text));
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  return {
    program: own,
    lowered,
    arena,
    begin,
    call(position) {
      const { function: name, arguments: addresses } = calls[position]!;
      (exports[name] as (...addresses: readonly number[]) => void)(...addresses);
    },
  };
}

/** All of it is compiled in one go. */
async function compileTypeScript(programs: readonly Program[]): Promise<Execution[]> {
  const prepared = programs.map((program, i) => {
    const lowered = loweredOf(program);
    // A kernel named like a helper of the runtime must not hide it.
    const own = new Map(lowered.functions.map(({ name }) => [name, `kernel${i}_${name}`]));
    return { program, lowered, own, ...allocate(program) };
  });
  const source = prepared.flatMap(({ lowered, own }) =>
    lowered.functions.map(({ name, code }) => printFunction(own.get(name)!, code)),
  );
  const names = prepared.flatMap(({ own }) => [...own.values()]);
  const functions = await importFunctions<object>(source.join("\n"), names);
  return prepared.map(({ program, lowered, own, arena, constants, begin }) => {
    const arrays = memoryArrays(arena, constants);
    const arraysOfFunction = new Map(
      lowered.functions.map(({ name, code }) => [
        name,
        printParts(code).arrays.map((v) => arrays[v]),
      ]),
    );
    return {
      program,
      lowered,
      arena,
      begin,
      call(position) {
        const { function: name, arguments: addresses } = lowered.calls[position]!;
        functions.get(own.get(name)!)!(...arraysOfFunction.get(name)!, ...addresses);
      },
    };
  });
}

/** One run from an arena full of NaN: outputs, and what states become, by name for inputs and states by name. */
export function execute(
  { program, lowered, arena, begin: load, call }: Execution,
  inputs: ReadonlyMap<string, Tensor>,
  observe?: Observe,
): Map<string, Tensor> {
  load();
  let running = false;
  const begin = (): void => {
    running = true;
    writeInputs(
      Object.fromEntries([...inputs].map(([name, { data }]) => [name, data])),
      givenPorts(program).map((port) => specOf(program, port)),
      arena,
    );
  };
  program.kernels.forEach((kernel, position) => {
    const { when = [] } = lowered.calls[position]!;
    // What runs at load may have had something else where inputs are.
    if (!running && kernel.atLoad !== true) begin();
    if (when.some(({ element, is }) => (arena.i32[element] !== 0) !== is)) return;
    call(position);
    if (observe === undefined) return;
    const place = kernel.places["out"]!;
    const other = observe(kernel, readValue(program, place, arena, kernel.kernel.output));
    if (other !== undefined) writeValue(program, place, arena, other);
  });
  if (!running) begin();
  return new Map(wantedPorts(program).map((port) => [port.name, readDense(program, port, arena)]));
}

/** Where a module would have the input written: in one run, whatever its place says. */
export function specOf(program: Program, input: Port): PortSpec {
  const { name, type } = input;
  const { dtype, dims } = type;
  const offset = startOf(input, program);
  return { name, type: dtype, shape: dims, length: elementCount(dims), offset };
}

/** The output as a module hands it out. */
export function readDense(program: Program, output: Port, arena: Arrays): Tensor {
  const { dtype, dims } = output.type;
  const start = startOf(output, program);
  const window = arena[dtype === "f32" ? "f32" : "i32"].subarray(start, start + elementCount(dims));
  return tensor(dtype, dims, window);
}

/** The part of the arena that a place counts from. */
function windowOf(program: Program, place: Place, arena: Arrays) {
  const { dtype } = bufferOf(program, place);
  const { array } = elementsOf({ dtype, space: "arena" }, { arena, constants: arena });
  return array.subarray(elementAddress(program, place));
}

function writeValue(program: Program, place: Place, arena: Arrays, value: Tensor): void {
  packTensor(value, place, windowOf(program, place, arena), bufferOf(program, place).dtype);
}

function readValue(program: Program, place: Place, arena: Arrays, type: TensorType): Tensor {
  const window = windowOf(program, place, arena);
  const data = newData(type.dtype, elementCount(type.dims));
  const index = type.dims.map(() => 0);
  for (let i = 0; i < data.length; i++) {
    const value = window[addressOf(place, index)]!;
    if (data instanceof BigInt64Array) data[i] = BigInt(value);
    else data[i] = value;
    for (let d = index.length - 1; d >= 0 && ++index[d]! === type.dims[d]; d--) index[d] = 0;
  }
  return { type, data };
}

function addressOf({ strides, block }: Place, index: readonly number[]): number {
  let address = 0;
  for (let d = 0; d < index.length; d++) {
    const i = index[d]!;
    if (block?.dim === d) {
      address += Math.floor(i / block.size) * block.stride + (i % block.size) * strides[d]!;
    } else address += i * strides[d]!;
  }
  return address;
}
