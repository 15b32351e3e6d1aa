/** Turns the <model> of a command line into a Definition: .onnx, .tw text, or a .ts or .js file that exports one. */
import { dirname, extname, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { createJiti } from "jiti";
import { z } from "zod";
import { startBudget, type Budget } from "../base/budget.js";
import { CompileError, fail } from "../base/error.js";
import { definitionOf, type Definition } from "../graph/definition.js";
import { parseText } from "../graph/text/parse.js";
import * as tilewright from "../index.js";
import { readOnnx, readOnnxInputs } from "../frontend/onnx/import.js";
import type { Bindings } from "../infer/bindInputs.js";
import type { DType } from "../base/tensor.js";
import { readWeights, withWeights } from "../frontend/weights/assign.js";
import { folderReader, readBytes, readFrom } from "./files.js";
import { oneInteger, oneText } from "./options.js";
import type { Given } from "./verb.js";

export interface LoadedModel {
  /** Names of the inputs, and their types where the file says them before it is read. */
  readonly inputs: readonly { readonly name: string; readonly dtype?: DType }[];
  /** The model for these sizes and values of inputs. Throws CompileError with all problems. */
  read(bindings: Bindings): Definition;
  /** Reads files that the model names. */
  readonly readFile: (path: string) => Uint8Array;
}

/** The model at a path with the weights and seeds asked for. Throws CompileError with all problems. */
export async function loadModel(
  path: string,
  given: Given,
  budget: Budget = startBudget(),
): Promise<LoadedModel> {
  const readFile = folderReader(dirname(resolve(path)));
  const seed = oneInteger(given, "seed");
  const from = oneText(given, "weightsFrom");
  const weights =
    from === undefined ? undefined : readFrom(from, (bytes) => readWeights(from, bytes));
  const finish = (definition: Definition): Definition => {
    const seeded = reseeded(definition, seed);
    return weights === undefined ? seeded : withWeights(seeded, weights);
  };
  if (extname(path).toLowerCase() === ".onnx") {
    const bytes = readBytes(path);
    const read = (bindings: Bindings): Definition =>
      finish(readOnnx(bytes, { ...bindings, readFile, budget }));
    return { inputs: readOnnxInputs(bytes), read, readFile };
  }
  const definition = finish(await readDefinition(path));
  return { inputs: definition.inputs, read: () => definition, readFile };
}

async function readDefinition(path: string): Promise<Definition> {
  switch (extname(path)) {
    case ".tw":
      return textModel(new TextDecoder().decode(readBytes(path)));
    case ".ts":
    case ".mts":
    case ".js":
    case ".mjs":
      readBytes(path);
      return codeModel(path);
    default:
      return fail("usage", `${path}: expected a model in .onnx, .ts, .js or .tw`);
  }
}

function textModel(text: string): Definition {
  const parsed = parseText(text);
  return parsed.kind === "model" ? parsed.definition : definitionOf(parsed.graph);
}

const definitionShape = z.object({
  name: z.string(),
  inputs: z.array(z.object({ name: z.string(), dtype: z.string(), dims: z.array(z.unknown()) })),
  nodes: z.array(z.object({ name: z.string(), op: z.string(), inputs: z.array(z.unknown()) })),
  outputs: z.array(z.object({ name: z.string(), value: z.string() })),
  constants: z.array(z.object({ name: z.string(), type: z.object({}), source: z.object({}) })),
});

async function codeModel(path: string): Promise<Definition> {
  const exported = await importDefault(path);
  if (!definitionShape.safeParse(exported).success) {
    fail("bad-file", `${path}: its default export is not a model`, {
      hint: "export default model(…)",
    });
  }
  return exported as Definition;
}

/** Models import the very `tilewright` that compiles them, wherever they lie. */
async function importDefault(path: string): Promise<unknown> {
  const jiti = createJiti(import.meta.url, {
    virtualModules: { tilewright },
    moduleCache: false,
    fsCache: false,
  });
  try {
    return await jiti.import(pathToFileURL(resolve(path)).href, { default: true });
  } catch (error) {
    if (error instanceof CompileError) throw error;
    const message = error instanceof Error ? error.message : String(error);
    return fail("bad-file", `${path} cannot be imported: ${message}`);
  }
}

/** Other values for every seeded constant, each from its own stream. */
function reseeded(definition: Definition, seed: number | undefined): Definition {
  if (seed === undefined) return definition;
  const constants = definition.constants.map((constant) => {
    const { source } = constant;
    if (source.kind !== "seed") return constant;
    const mixed = (Math.imul(seed, 0x9e3779b1) ^ source.seed) >>> 0;
    return { ...constant, source: { ...source, seed: mixed } };
  });
  return { ...definition, constants };
}
