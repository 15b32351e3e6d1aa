/** Runs Definitions on the very kernels a module would have, without writing one. */
import { planModel } from "../../compiler/compile.js";
import type { BuildModel } from "../../compiler/golden/verifyCase.js";
import { targetOf, type Engine } from "./engine.js";
import { compilePrograms, execute } from "./execution.js";

/** A BuildModel whose kernels an engine runs. */
export function printedFor(engine: Engine): BuildModel {
  return async (definition, options) => {
    const { program } = planModel(definition, { ...options, target: targetOf(engine) });
    const [execution] = await compilePrograms([program], engine);
    return (inputs) => Promise.resolve(execute(execution!, inputs));
  };
}
