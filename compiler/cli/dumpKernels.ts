/** Kernels as they are computed: how threads share them, their schedules in words, their loops or code. */
import { fail, printable } from "../base/error.js";
import { suggestion } from "../base/suggest.js";
import { describeStep } from "../loop/innermost.js";
import type { KernelFunction } from "../loop/stmt.js";
import { lowerProgram } from "../program/lower.js";
import { pieceCount, type KernelCall, type LoweredProgram } from "../program/lowered.js";
import type { Program, ProgramKernel } from "../program/program.js";
import type { ThreadChoices } from "../program/threads/share.js";
import { describeSchedule } from "../schedule/describe.js";
import type { Shown } from "../targets/target.js";

/**
 * Every distinct kernel that is wanted: who calls it, its schedules in words, its loops or code; for several threads,
 * before them, what runs at the same time. Throws CompileError `usage` for a name that nothing has.
 */
export function printKernels(
  program: Program,
  { print }: Shown,
  threads: ThreadChoices | undefined,
  names: readonly string[],
): string {
  const lowered = lowerProgram(program, { threads });
  const { functions, calls } = lowered;
  const all = functions.map(({ name, code }) => {
    const callers = calls.flatMap((call, i) =>
      call.function === name ? [program.kernels[i]!] : [],
    );
    return { name, code, callers, known: [name, ...callers.flatMap(namesOf)] };
  });
  const known = all.flatMap((one) => one.known);
  for (const name of names)
    if (!known.includes(name))
      fail(
        "usage",
        `--kernel ${name}: no kernel and no layer has this name`,
        suggestion(name, known),
      );
  const isWanted = (own: readonly string[]): boolean =>
    names.length === 0 || names.some((name) => own.includes(name));
  const kernels = all
    .filter((one) => isWanted(one.known))
    .map(({ name, code, callers }) => `${explain(code, callers)}${print(name, code)}`);
  return [...phaseLines(program, lowered, isWanted), ...kernels].join("\n");
}

/** The phases that have what is wanted, each with all of its kernels. */
function phaseLines(
  program: Program,
  { functions, calls, phases }: LoweredProgram,
  isWanted: (names: readonly string[]) => boolean,
): readonly string[] {
  if (phases === undefined) return [];
  const codes = new Map(functions.map(({ name, code }) => [name, code]));
  const describe = (call: KernelCall): string => {
    const name = printable(call.kernel);
    const { scratchBytes = 0 } = call;
    const { tiles, stages = [] } = codes.get(call.function)!;
    const pieces = pieceCount(call);
    const parts = stages.length === 0 ? "" : ` of ${stages.length + 1} stages`;
    const own = scratchBytes === 0 ? "" : `, ${scratchBytes} bytes of scratch memory a thread`;
    return pieces === 1 ? name : `${name} (${tiles} tiles in ${pieces} pieces${parts}${own})`;
  };
  const lines = phases.flatMap((phase, i) =>
    phase.some((at) => isWanted([calls[at]!.function, ...namesOf(program.kernels[at]!)]))
      ? [`//   ${i + 1}: ${phase.map((at) => describe(calls[at]!)).join("; ")}`]
      : [],
  );
  const title = `// ${phases.length} phases: what is in one runs at the same time, kernels in pieces on all threads`;
  return [[title, ...lines, ""].join("\n")];
}

function namesOf({ name, covers }: ProgramKernel): string[] {
  return [name, ...covers];
}

/** The callers, how their loops run, and what the innermost does. */
function explain(code: KernelFunction, callers: readonly ProgramKernel[]): string {
  const { schedules, kernel } = callers[0]!;
  const loops = schedules.map((schedule, i) => {
    const compute = kernel.computes[i]!;
    const axes = [...compute.axes, ...compute.reduce];
    return describeSchedule(schedule, axes);
  });
  const step = describeStep(code.body, Math.max(...schedules.map(({ lanes }) => lanes)));
  const names = callers.map(({ name, covers }) =>
    printable(`${name}${covers.length === 0 ? "" : ` (${covers.join(", ")})`}`),
  );
  const lines = [...loops, ...(step === undefined ? [] : [step])];
  return [`// ${names.join("; ")}`, ...lines.map((line) => `//   ${line}`), ""].join("\n");
}
