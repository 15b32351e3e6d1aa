/** Says what is wrong with a model as its users would meet it: compiled, loaded and run twice on other inputs. */
import type { CompileOptions } from "../../compiler/compile.js";
import type { TensorData } from "../../compiler/base/tensor.js";
import type { Definition } from "../../compiler/graph/definition.js";
import { printDefinition } from "../../compiler/graph/text/print.js";
import { inferShapes } from "../../compiler/infer/inferShapes.js";
import { loadProduct } from "../support/product.js";
import type { Engine } from "../support/engine.js";
import { expectedOutputs, randomInputs, wrongElement, type Expected } from "./reference.js";
import { shrink } from "./shrink.js";

/** What the outputs should be on each of the inputs. */
export interface Checked {
  readonly definition: Definition;
  readonly runs: readonly {
    readonly inputs: ReturnType<typeof randomInputs>;
    readonly expected: ReadonlyMap<string, Expected>;
  }[];
}

/** The model with two sets of inputs and what it makes of them; the second may be given by name. */
export function prepare(
  definition: Definition,
  seed: number,
  given: Readonly<Record<string, TensorData>> = {},
  options: Pick<CompileOptions, "budget"> = {},
): Checked {
  const graph = inferShapes(definition, options);
  const runs = [0, 1].map((run) => {
    const inputs = randomInputs(graph, 2 * seed + run);
    for (const [name, data] of run === 0 ? [] : Object.entries(given))
      inputs.set(name, { type: inputs.get(name)!.type, data });
    return { inputs, expected: expectedOutputs(graph, inputs) };
  });
  return { definition, runs };
}

/** What is wrong with the emitted module; undefined where nothing is. */
export async function wrongWith(
  { definition, runs }: Checked,
  engine: Engine,
  options: CompileOptions = {},
): Promise<string | undefined> {
  const product = await loadProduct(definition, engine, options);
  for (const [i, { inputs, expected }] of runs.entries()) {
    const outputs = product.run(inputs);
    for (const [name, one] of expected) {
      const wrong = wrongElement(outputs.get(name)!, one);
      if (wrong !== undefined) return `run ${i + 1}, output ${JSON.stringify(name)}: ${wrong}`;
    }
  }
  return undefined;
}

/** The same of errors that are thrown. */
export async function faultOf(
  checked: Checked,
  engine: Engine,
  options: CompileOptions = {},
): Promise<string | undefined> {
  try {
    return await wrongWith(checked, engine, options);
  } catch (error) {
    return `threw ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`;
  }
}

/** The fault, and the smallest model found that has one on this engine. */
export async function report(
  definition: Definition,
  seed: number,
  engine: Engine,
  fault: string,
  options: CompileOptions = {},
): Promise<string> {
  const isThrown = fault.startsWith("threw");
  const fails = async (smaller: Definition): Promise<boolean> => {
    const found = await faultOf(prepare(smaller, seed, {}, options), engine, options);
    return found !== undefined && found.startsWith("threw") === isThrown;
  };
  const smallest = await shrink(definition, fails);
  return `seed ${seed}, ${engine}: ${fault}\n${printDefinition(smallest)}`;
}
