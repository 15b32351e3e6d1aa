/** A kernel as engines run it that multiply four bytes at a time. */
import type { Program, ProgramKernel } from "../program.js";
import type { Expr, Kernel } from "../../compute/ir.js";
import { walkExpr } from "../../compute/walk.js";
import type { DotEngine } from "./computes.js";
import { hasDigits } from "../words/digits.js";
import { dotForm } from "./forms.js";
import { inSixteen } from "./words.js";

/** The kernel over words, with the schedules chosen for it; the very one where it has none. */
export function dotTwin(kernel: ProgramKernel, engine: DotEngine): ProgramKernel {
  const { dotSchedules } = kernel;
  if (dotSchedules === undefined) return kernel;
  const twin = dotForm(kernel.windows ?? kernel.kernel, engine);
  const operands = Object.fromEntries(
    twin.inputs.map(({ name }) => [name, kernel.operands[name]!] as const),
  );
  return { ...kernel, kernel: twin, operands, schedules: dotSchedules };
}

/** The Program of twins, without what at load makes of weights what no kernel reads then. */
export function dotProgram(program: Program, engine: DotEngine): Program {
  const kernels = program.kernels.map((kernel) =>
    runsOverWords(kernel, program, engine) ? dotTwin(kernel, engine) : kernel,
  );
  const read = new Set([
    ...program.elided.flatMap(({ kernel }) => Object.values(kernel.operands)),
    ...[...program.outputs, ...program.states].map(({ value }) => value),
    ...program.states.map(({ next }) => next),
  ]);
  const stays = ({ atLoad, output }: ProgramKernel): boolean => atLoad !== true || read.has(output);
  // Who reads comes behind who writes.
  for (const kernel of [...kernels].reverse())
    if (stays(kernel)) for (const value of Object.values(kernel.operands)) read.add(value);
  const elided = program.elided.map((one) => ({
    ...one,
    at: kernels.slice(0, one.at).filter(stays).length,
  }));
  return { ...program, kernels: kernels.filter(stays), elided };
}

/** Whether there is a kernel that such engines run over words. */
export function hasWords(program: Program, engine: DotEngine): boolean {
  return program.kernels.some((kernel) => runsOverWords(kernel, program, engine));
}

/** Where two products are added up in 16 bits, Winograd's algorithm is faster. */
function runsOverWords(
  { kernel, windows, operands, dotSchedules }: ProgramKernel,
  { values }: Program,
  engine: DotEngine,
): boolean {
  if (dotSchedules === undefined) return false;
  if (engine !== "usdot16") return true;
  if (windows !== undefined) return false;
  const form = dotForm(kernel, engine);
  if (hasDigits(kernel)) return form !== kernel;
  return factorsOf(form).every(
    (one) => one.kind === "load" && inSixteen(values[operands[one.source]!]?.constant),
  );
}

/** What a kernel multiplies bytes by that have no signs. */
function factorsOf({ computes }: Kernel): readonly Expr[] {
  const found: Expr[] = [];
  for (const { init, body, epilogue } of computes)
    for (const expr of [init, body, epilogue])
      if (expr !== undefined)
        walkExpr(expr, (inner) => {
          if (inner.kind === "binary" && inner.op === "usdot") found.push(inner.left);
        });
  return found;
}
