/** Faults in what kernels hang on. */
import type { Guard, Program, ProgramKernel } from "../../../compiler/program/program.js";
import { randomBranchGraph } from "../randomBranchGraph.js";
import { withKernel, type Plant } from "./plant.js";

function guarded({ kernels }: Program): ProgramKernel | undefined {
  return kernels.find(({ when }) => when !== undefined);
}

/** A kernel that runs where the other side is taken. */
function otherSide(program: Program): Program | undefined {
  const kernel = guarded(program);
  const [first, ...rest] = kernel?.when ?? [];
  if (kernel === undefined || first === undefined) return undefined;
  return withKernel(program, kernel, { when: [{ ...first, is: !first.is }, ...rest] });
}

/** A kernel that every run needs, run with its neighbour. */
function withNeighbour(program: Program): Program | undefined {
  for (const [at, { when }] of program.kernels.entries()) {
    const next = program.kernels[at + 1];
    if (when === undefined || next === undefined || next.when !== undefined) continue;
    return withKernel(program, next, { when });
  }
  return undefined;
}

/** A margin that is filled for one reader of two. */
function fillOfOne(program: Program): Program | undefined {
  const fill = program.kernels.find(({ role, when }) => role === "fill" && when === undefined);
  const condition = program.inputs.find(({ type }) => type.dtype === "bool");
  if (fill === undefined || condition === undefined) return undefined;
  const guard: Guard = { value: condition.value, is: true };
  return withKernel(program, fill, { when: [guard] });
}

const draw = randomBranchGraph;

export const GUARD_PLANTS: readonly Plant[] = [
  { pass: "guard-branches", fault: "a kernel runs on the other side", spoil: otherSide, draw },
  {
    pass: "guard-branches",
    fault: "what always runs hangs on a condition",
    spoil: withNeighbour,
    draw,
  },
  { pass: "guard-branches", fault: "a margin is filled on one side", spoil: fillOfOne, draw },
];
