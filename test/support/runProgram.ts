/** Runs graphs through fusion, layout, memory plan and lowering on the Stmt interpreter, on a dirty arena. */
import type { Graph } from "../../compiler/graph/graph.js";
import { fuseKernels } from "../../compiler/program/fuse/fuse.js";
import { assignLayouts } from "../../compiler/program/layout/index.js";
import { planMemory } from "../../compiler/program/memory.js";
import type { Program } from "../../compiler/program/program.js";
import { verifyProgram } from "../../compiler/program/verify/index.js";
import { verifyStmt } from "../../compiler/loop/verify.js";
import { scheduleForTypeScript } from "../../compiler/targets/ts/schedule.js";
import type { LayoutChoices } from "../../compiler/program/layout/choices.js";
import type { Tensor } from "../../compiler/base/tensor.js";
import { execute, interpretProgram, loweredOf } from "./execution.js";

/** The TypeScript target's choices without its printer. */
export const scalarTarget: LayoutChoices = {
  activations: "channels-last",
  schedule: scheduleForTypeScript,
};

/** The planned Program; every stage of it is verified. */
export function planGraph(graph: Graph, target: LayoutChoices = scalarTarget): Program {
  const stages = [(one: Program) => assignLayouts(one, target), planMemory];
  let program = fuseKernels(graph);
  verifyProgram(program);
  for (const stage of stages) {
    program = stage(program);
    verifyProgram(program);
  }
  for (const { code } of loweredOf(program).functions) verifyStmt(code);
  return program;
}

/** Outputs by name of a planned Program for inputs by name. */
export function runProgram(
  program: Program,
  inputs: ReadonlyMap<string, Tensor>,
  rounding = false,
): Map<string, Tensor> {
  return execute(interpretProgram(program, rounding), inputs);
}
