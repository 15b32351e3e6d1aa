/** Lowers every kernel of a Program; kernels of equal text become one function with other addresses. */
import type { Budget } from "../base/budget.js";
import { decomposeKernel } from "../meaning/decompose/index.js";
import { lowerKernel } from "../lower/index.js";
import type { KernelFunction } from "../loop/stmt.js";
import { elementCount } from "../base/tensor.js";
import type { Condition, KernelCall, LoweredProgram } from "./lowered.js";
import { bufferOf, elementAddress } from "./memory/address.js";
import { alignedBytes } from "./memory/lifetimes.js";
import type { Guard, Program, ProgramKernel } from "./program.js";
import { phasesOf } from "./threads/phases.js";
import { commonScratch, sharedCode, shareOf, type ThreadChoices } from "./threads/share.js";
import { verifyPhases } from "./verify/phases.js";

export interface LowerProgramOptions {
  readonly budget?: Budget;
  /** How threads share kernels; absent where one thread runs all. */
  readonly threads?: ThreadChoices | undefined;
}

/** Functions in the order of their first call, and the calls of one run. Throws CompileError `over-budget`. */
export function lowerProgram(
  program: Program,
  { budget, threads }: LowerProgramOptions = {},
): LoweredProgram {
  const functions = new Map<string, { readonly name: string; readonly code: KernelFunction }>();
  const names = new Map<string, number>();
  const calls = program.kernels.map((kernel): KernelCall => {
    budget?.checkTime({ node: kernel.name });
    const plain = lowerOne(kernel, program);
    const code =
      threads === undefined || kernel.atLoad === true ? plain : sharedCode(plain, kernel, threads);
    const key = keyOf(code);
    let known = functions.get(key);
    if (known === undefined) {
      known = { name: uniqueName(kernel.name.replace(/_\d+$/, ""), names), code };
      functions.set(key, known);
    }
    return {
      function: known.name,
      arguments: code.parameters.map(({ source }) => addressOf(kernel, source, program)),
      kernel: kernel.name,
      ...(code.tiles === undefined ? {} : shareOf(code, kernel, program, threads!)),
      ...(kernel.atLoad === true
        ? { atLoad: true, constantBytes: endOfConstants(kernel, program) }
        : {}),
      ...(kernel.when && { when: kernel.when.map((guard) => conditionOf(guard, program)) }),
    };
  });
  if (threads === undefined) return { functions: [...functions.values()], calls };
  const codes = new Map([...functions.values()].map(({ name, code }) => [name, code]));
  const common = calls.map((call, i) =>
    commonScratch(codes.get(call.function)!, program.kernels[i]!),
  );
  const phases = phasesOf(program, common);
  verifyPhases(program, phases, common);
  return { functions: [...functions.values()], calls, phases };
}

/** base, base_2, base_3 …; `taken` says how often each base has been asked for. */
function uniqueName(base: string, taken: Map<string, number>): string {
  let count = taken.get(base) ?? 0;
  let name = base;
  do {
    count++;
    name = count === 1 ? base : `${base}_${count}`;
  } while (count > 1 && taken.has(name));
  taken.set(base, count);
  if (count > 1) taken.set(name, 1);
  return name;
}

function lowerOne(kernel: ProgramKernel, program: Program): KernelFunction {
  return lowerKernel(decomposeKernel(kernel.kernel), {
    summary: summaryOf(kernel),
    schedules: kernel.schedules,
    places: kernel.places,
    spaceOf: (source) => bufferOf(program, kernel.places[source]!).space,
    storageOf: (source) => bufferOf(program, kernel.places[source]!).dtype,
  });
}

function addressOf(kernel: ProgramKernel, source: string, program: Program): number {
  return elementAddress(program, kernel.places[source]!);
}

/** Behind the last byte of the constants that a kernel reads. */
function endOfConstants({ places }: ProgramKernel, program: Program): number {
  const ends = Object.values(places).map((place) => {
    const buffer = bufferOf(program, place);
    return buffer.space === "constants" ? buffer.offset + alignedBytes(buffer) : 0;
  });
  return Math.max(...ends);
}

function conditionOf({ value, is }: Guard, program: Program): Condition {
  const place = program.values[value]!.place!;
  return { element: elementAddress(program, place), is };
}

/** Shapes only: equal kernels of different layers share a function. */
function summaryOf(kernel: ProgramKernel): string {
  const { inputs, output } = kernel.kernel;
  const shape = (dims: readonly number[]): string =>
    dims.length === 0 ? "scalar" : dims.join("×");
  const from = inputs.map(({ type }) => shape(type.dims)).join(", ");
  return `${from === "" ? "" : `${from} → `}${shape(output.dims)} (${elementCount(output.dims)} elements)`;
}

/** Everything but the sources, which differ between calls of one function. */
function keyOf(code: KernelFunction): string {
  const parameters = code.parameters.map(({ name, dtype, space }) => ({ name, dtype, space }));
  const others: string[] = [];
  nameOthers(code.body, 0, others);
  return `${JSON.stringify({ ...code, parameters })} ${others.join()}`;
}

/** Which of all numbers are some that JSON writes as `null` or without their sign: a function that saw each would take long. */
function nameOthers(part: object, before: number, others: string[]): number {
  let count = before;
  for (const value of Object.values(part) as unknown[]) {
    if (typeof value === "object" && value !== null) count = nameOthers(value, count, others);
    else if (typeof value === "number") {
      count++;
      if (Object.is(value, -0)) others.push(`${count} -0`);
      else if (!Number.isFinite(value)) others.push(`${count} ${value}`);
    }
  }
  return count;
}
