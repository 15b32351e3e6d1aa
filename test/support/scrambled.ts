/**
 * Runs a Program as threads might: what is in a phase in any order, piece by piece, each piece by some thread with
 * scratch memory of its own, which is full of NaN at first.
 */
import { packConstants } from "../../compiler/program/pack.js";
import { stagesOf } from "../../compiler/loop/stages.js";
import { lowerProgram } from "../../compiler/program/lower.js";
import { pieceCount, stepsOf } from "../../compiler/program/lowered.js";
import { givenPorts, wantedPorts } from "../../compiler/program/ports.js";
import type { Program } from "../../compiler/program/program.js";
import type { Tensor } from "../../compiler/base/tensor.js";
import { writeInputs } from "../../runtime/index.js";
import { readDense, specOf } from "./execution.js";
import { memoryIn } from "./memory.js";
import type { Random } from "./random.js";
import { assemble, printKernels } from "./simd.js";
import { THREADS } from "./threads.js";

export interface Scrambled {
  /** Kernels in several pieces, and phases of several kernels. */
  readonly shared: number;
  /** Kernels in stages. */
  readonly staged: number;
  readonly together: number;
  run(inputs: ReadonlyMap<string, Tensor>, random: Random): Map<string, Tensor>;
}

/** As plain WebAssembly, with pieces of so many statements. */
export function scrambled(program: Program, piece: number): Scrambled {
  const lowered = lowerProgram(program, { threads: { piece } });
  const { phases = [], functions } = lowered;
  const codes = new Map(functions.map(({ name, code }) => [name, code]));
  const constants = packConstants(program);
  const arenaBytes = program.arenaBytes ?? 0;
  const { phases: _, ...alone } = lowered;
  const scratch = Math.max(0, ...lowered.calls.map(({ scratchBytes = 0 }) => scratchBytes));
  const input = {
    ...alone,
    // Scratch memory of the other threads lies behind them.
    constantBytes: constants.length + THREADS * scratch,
    arenaBytes,
    overlaidBytes: program.overlaidBytes,
  };
  const { text, memory: layout, calls } = printKernels(input, "plain");
  const { pages } = layout;
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
  const module = new WebAssembly.Module(assemble(text));
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  const { constantsStart, arenaStart } = layout;
  const scratchStart = constantsStart + constants.length;
  new Float32Array(memory.buffer, scratchStart).fill(NaN);
  const { arena, begin } = memoryIn(
    ...([memory.buffer, constants, constantsStart, arenaStart, arenaBytes] as const),
  );
  const call = (position: number, stage: number, number: number, thread: number): void => {
    const { function: name, when = [], pieces, scratch: own = [] } = lowered.calls[position]!;
    if (when.some(({ element, is }) => (arena.i32[element] !== 0) !== is)) return;
    const code = codes.get(name)!;
    const { begin, end } = stagesOf(code)[stage]!;
    const at = (i: number): number => begin + Math.floor((i * (end - begin)) / pieces![stage]!);
    const threads = scratchStart + (thread - 1) * scratch;
    const passed = calls[position]!.arguments.map((address, i) =>
      own[i] === undefined || thread === 0 ? address : threads + own[i],
    );
    const share = code.tiles === undefined ? [] : [at(number), at(number + 1), -1];
    (exports[name] as (...of: readonly number[]) => void)(...passed, ...share);
  };
  return {
    shared: lowered.calls.filter((one) => pieceCount(one) > 1).length,
    staged: lowered.calls.filter(({ pieces = [] }) => pieces.length > 1).length,
    together: phases.filter(({ length }) => length > 1).length,
    run(inputs, random) {
      begin();
      for (const [position, { atLoad }] of lowered.calls.entries())
        if (atLoad === true) call(position, 0, 0, 0);
      writeInputs(
        Object.fromEntries([...inputs].map(([name, { data }]) => [name, data])),
        givenPorts(program).map((port) => specOf(program, port)),
        arena,
      );
      for (const step of stepsOf(phases, lowered.calls)) {
        const pieces = step.flatMap(({ position, stage }) =>
          Array.from({ length: lowered.calls[position]!.pieces?.[stage] ?? 1 }, (_, i) => [
            ...[position, stage, i],
          ]),
        );
        for (const [position, stage, number] of random.shuffle(pieces))
          call(position!, stage!, number!, random.int(0, THREADS - 1));
      }
      return new Map(
        wantedPorts(program).map((port) => [port.name, readDense(program, port, arena)]),
      );
    },
  };
}
