/** Runs Definitions on the very kernels a module would have, without writing one. */
import { planModel, type PlanOptions } from "../../compiler/compile.js";
import type { Definition } from "../../compiler/graph/definition.js";
import type { RunModel } from "../../compiler/verify/verifyCase.js";
import { compilePrograms, execute } from "./execution.js";

/** A BuildModel for the TypeScript target. */
export async function buildPrinted(
  definition: Definition,
  options: PlanOptions,
): Promise<RunModel> {
  const { program } = planModel(definition, options);
  const [execution] = await compilePrograms([program]);
  return (inputs) => Promise.resolve(execute(execution!, inputs));
}
