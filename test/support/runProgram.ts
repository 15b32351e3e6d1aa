/** Runs graphs through the passes of Programs and the lowering on the Stmt interpreter, on a dirty arena. */
import type { Graph } from "../../compiler/graph/graph.js";
import { planProgram } from "../../compiler/program/passes.js";
import type { Program } from "../../compiler/program/program.js";
import { verifyStmt } from "../../compiler/loop/verify.js";
import { scheduleForTypeScript } from "../../compiler/targets/ts/schedule.js";
import type { LayoutChoices } from "../../compiler/program/layout/choices.js";
import type { Tensor } from "../../compiler/base/tensor.js";
import { execute, interpretProgram, loweredOf } from "./execution.js";

/** The TypeScript target's choices without its printer. */
export const scalarTarget: LayoutChoices = {
  activations: "channels-last",
  channelBlock: 8,
  memoryCost: 1,
  lanes: [1],
  schedule: scheduleForTypeScript,
};

/** The planned Program, with loops that are verified too. */
export function planGraph(graph: Graph, target: LayoutChoices = scalarTarget): Program {
  const program = planProgram(graph, target);
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
