/** Turns a path into a Definition: .onnx, .tw text, or a .ts or .js file that exports one. */
import { dirname, extname, resolve } from "node:path";
import { startBudget, type Budget } from "../base/budget.js";
import { fail } from "../base/error.js";
import { endAt } from "../graph/expose.js";
import { definitionOf, placeOf, type Definition, type NodeSource } from "../graph/definition.js";
import { parseText } from "../graph/text/parse.js";
import { readOnnx, readOnnxInputs } from "../frontend/onnx/import.js";
import type { Bindings } from "../infer/bindInputs.js";
import { readWeights, withWeights } from "../frontend/weights/assign.js";
import { isDefinition } from "./definitionShape.js";
import { importDefault } from "./importDefault.js";
import { folderReader, openFiles, type Files } from "./files.js";
import type { KnownInput } from "./boundValue.js";
import { allTexts, oneInteger, oneText, type Given } from "./given.js";

export interface LoadedModel {
  /** What the file says of its inputs before it is read. */
  readonly inputs: readonly KnownInput[];
  /**
   * The model for these sizes and values of inputs, read once more within the budget where one is given. Throws
   * CompileError with all problems.
   */
  read(bindings: Bindings, budget?: Budget): Definition;
  /** Reads files that the model names. */
  readonly readFile: (path: string) => Uint8Array;
  /** What it was read from, and what is read for it later. */
  readonly files: Files;
}

/** The model at a path with the weights and seeds asked for. Throws CompileError with all problems. */
export async function loadModel(
  path: string,
  given: Given,
  budget: Budget = startBudget(),
  files: Files = openFiles(),
  onNode?: (place: NodeSource) => void,
): Promise<LoadedModel> {
  const readFile = folderReader(dirname(resolve(path)), files);
  const seed = oneInteger(given, "seed");
  const from = oneText(given, "weightsFrom");
  const weights =
    from === undefined ? undefined : files.from(from, (bytes) => readWeights(from, bytes, budget));
  const outputs = allTexts(given, "output");
  const finish = (definition: Definition): Definition => {
    const seeded = reseeded(definition, seed);
    return weights === undefined ? seeded : withWeights(seeded, weights);
  };
  if (extname(path).toLowerCase() === ".onnx") {
    const bytes = files.bytes(path);
    const read = (bindings: Bindings, again = budget): Definition =>
      finish(
        readOnnx(bytes, {
          ...bindings,
          readFile,
          budget: again,
          outputs,
          ...(onNode && { onNode }),
        }),
      );
    return { inputs: readOnnxInputs(bytes), read, readFile, files };
  }
  const definition = endAt(finish(await readDefinition(path, files, budget)), outputs);
  if (onNode !== undefined) for (const node of definition.nodes) onNode(placeOf(node));
  return { inputs: definition.inputs, read: () => definition, readFile, files };
}

/** A text of more bytes is no text that an engine could hold. */
const MOST_TEXT = 2 ** 28;

async function readDefinition(path: string, files: Files, budget: Budget): Promise<Definition> {
  switch (extname(path)) {
    case ".tw":
      return textModel(files.from(path, utf8Of, { mostBytes: MOST_TEXT }), budget);
    case ".ts":
    case ".mts":
    case ".js":
    case ".mjs":
      files.bytes(path, { mostBytes: MOST_TEXT });
      return codeModel(path, files);
    default:
      return fail("usage", `${path}: expected a model in .onnx, .ts, .js or .tw`);
  }
}

function textModel(text: string, budget: Budget): Definition {
  const parsed = parseText(text, budget);
  return parsed.kind === "model" ? parsed.definition : definitionOf(parsed.graph);
}

/** What a file of code exports, its own modules being read afresh. */
async function codeModel(path: string, files: Files): Promise<Definition> {
  const asDefinition = (exported: unknown): Definition | undefined =>
    isDefinition(exported) ? (exported as Definition) : undefined;
  const definition = await importDefault(path, asDefinition, files);
  if (definition !== undefined) return definition;
  return fail("bad-file", `${path}: its default export is not a model`, {
    hint: "export default model(…)",
  });
}

/** Two names that are not UTF-8 could become one. */
function utf8Of(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return fail("bad-file", "the text is not UTF-8");
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
