/** The options that every verb with a <model> shares, and their meaning for the compiler. */
import type { PlanOptions } from "../compile.js";
import { RESOURCES, startBudget, type Budget } from "../base/budget.js";
import { fail } from "../base/error.js";
import type { Definition, NodeSource } from "../graph/definition.js";
import { exposeLayers } from "../graph/expose.js";
import { keepStates } from "../graph/states.js";
import { passes } from "../passes/index.js";
import { CHOICE_OPTIONS, choicesOf } from "./choices.js";
import { OPTIONAL_PASSES } from "../program/passes.js";
import { suggestion } from "../base/suggest.js";
import { DEFAULT_TARGET, OPTIONAL, TARGET_NAMES, type TargetName } from "../targets/index.js";
import { parseTuned, type TunedKernel } from "../tune/file.js";
import type { Tensor } from "../base/tensor.js";
import { interpretModel } from "../frontend/interpretation/interpret.js";
import { parseInterpretation } from "../frontend/interpretation/kinds.js";
import { readLabels } from "../frontend/interpretation/labels.js";
import { parsePreparation } from "../frontend/preparation/kinds.js";
import { prepareModel } from "../frontend/preparation/prepare.js";
import { boundValue } from "./boundValue.js";
import { openFiles, type Files } from "./files.js";
import { loadModel, type LoadedModel } from "./loadModel.js";
import {
  allTexts,
  flagOf,
  isSet,
  oneOf,
  oneText,
  pairsOf,
  splitPair,
  type Given,
  type OptionRows,
} from "./given.js";

/** seconds, bytes, nodes … as the command line writes them */
const BUDGETS = RESOURCES.map((resource) => flagOf(resource).slice(2)).join(", ");

export const BUDGET_OPTION = [
  "--budget <what=amount>",
  `What a compile may take: ${BUDGETS} (repeatable)`,
] as const;

export const CONFIG_OPTION = [
  "--config <file>",
  "Options of models; by default the tilewright.config of the current folder",
] as const;

export const MODEL_OPTIONS: OptionRows = [
  ["--shape <input=dims>", "Dims of an input, such as image=1,3,224,224 (repeatable)"],
  [
    "--bind <input=value>",
    "Makes an input a constant: a number, such as sr=16000, or the values of an .npy file (repeatable)",
  ],
  [
    "--state <input=output>",
    "Keeps an input from run to run, as what an output is at the end of each: h0=hn (repeatable)",
  ],
  [
    "--initial <input=file>",
    "What a state is at first, an .npy file; zeros by default (repeatable)",
  ],
  ["--weights-from <file>", "Takes parameters from .safetensors, .npz or .npy by their names"],
  [
    "--preprocess <input=how>",
    "Makes an input of a picture or of sound, such as image=image,fit=crop (repeatable)",
  ],
  [
    "--postprocess <output=how>",
    "Makes of an output what is wanted, such as logits=classes,top=5 (repeatable)",
  ],
  ["--labels <file>", "Names of classes, a line each or a JSON array, that the module exports"],
  [
    "--half <how>",
    "exact rounds to 16 bits wherever an .onnx file stores f16 or bf16; f32 by default",
  ],
  ["--ports <how>", "f32 makes inputs and outputs f32 that an .onnx file stores as other floats"],
  [
    "--subnormals <how>",
    "keep leaves weights below f32's least normal number, which many processors multiply slowly; zeros by default",
  ],
  ["--seed <number>", "Other values for parameters without trained weights"],
  ["--expose <layer>", "Makes a layer's value an output too (repeatable)"],
  [
    "--output <value>",
    "Ends the model at a value of its file, instead of its outputs (repeatable)",
  ],
  ["--disable <pass>", "Leaves a pass out (repeatable)"],
  ...CHOICE_OPTIONS,
  ["--schedules <file>", "Takes schedules that `build --tune` timed (.tune.json)"],
  BUDGET_OPTION,
  CONFIG_OPTION,
  ["--target <name>", `What to compile for: ${TARGET_NAMES.join(" or ")}`],
];

export interface OpenModel {
  /** With what is to be done before and behind it. */
  readonly definition: Definition;
  /** As the file has it. */
  readonly source: Definition;
  /** Names of classes. */
  readonly labels?: readonly string[];
  readonly options: PlanOptions;
  /** What was read for it. */
  readonly files: Files;
}

/** What else a verb has to say about a model, or wants to know of it. */
export interface Opening {
  /** Dims of inputs; what the options say counts more. */
  readonly shapesFrom?: (
    inputs: LoadedModel["inputs"],
  ) => Readonly<Record<string, readonly number[]>>;
  /** Called for every node of the file, by the file's own names. */
  readonly onNode?: (place: NodeSource) => void;
}

/** The budget of the command, with the limits that --budget names. Throws CompileError `usage`. */
export function budgetOf(given: Given): Budget {
  const limits: Record<string, number> = {};
  for (const [name, amount, text] of pairsOf(given, "budget")) {
    const resource = RESOURCES.find((one) => flagOf(one) === `--${name}`);
    if (resource === undefined) fail("usage", `--budget ${text}: what can be given is ${BUDGETS}`);
    const value = Number(amount);
    if (!/^\d+(\.\d+)?(e\d+)?$/.test(amount) || !(value > 0 && value <= Number.MAX_SAFE_INTEGER))
      fail("usage", `--budget ${text}: expected a number such as ${name}=100000`);
    limits[resource] = value;
  }
  return startBudget(limits);
}

/** The model, and what the options above say about compiling it; `files`: those that are read. Throws CompileError. */
export async function openModel(
  path: string,
  given: Given,
  files: Files = openFiles(),
  { shapesFrom, onNode }: Opening = {},
): Promise<OpenModel> {
  const [target, disable] = [targetOf(given), passNames(given)];
  const budget = budgetOf(given);
  const { inputs, read, readFile } = await loadModel(path, given, budget, files, onNode);
  const shapes = { ...shapesFrom?.(inputs), ...shapesOf(given) };
  const bindings = { shapes, values: valuesOf(given, "bind", inputs, files) };
  const initial = valuesOf(given, "initial", inputs, files);
  const source = keepStates(read(bindings), statesOf(given, inputs), initial);
  const exposed = exposeLayers(source, allTexts(given, "expose"));
  const prepared = prepareModel(exposed, plainOf(given, "preprocess", parsePreparation), bindings);
  const interpretations = plainOf(given, "postprocess", parseInterpretation);
  const inferring = { ...prepared.bindings, readFile, budget: budget.renew() };
  const definition = interpretModel(prepared.definition, interpretations, inferring);
  const schedules = schedulesOf(given, files);
  const timed = schedules === undefined ? {} : { schedules };
  const subnormals = oneOf(given, "subnormals", ["flush", "keep"]) ?? "flush";
  const chosen = { target, disable, subnormals, ...choicesOf(given), ...timed };
  const options = { ...chosen, readFile, budget, ...prepared.bindings };
  const labels = oneText(given, "labels");
  const named = labels === undefined ? {} : { labels: files.from(labels, readLabels) };
  return { definition, source, options, files, ...named };
}

/** `image=image,fit=crop` => { image: { kind: "image", fit: "crop" } } */
function plainOf<T>(
  given: Given,
  option: string,
  parse: (text: string) => T,
): Readonly<Record<string, T>> {
  const found = new Map<string, T>();
  for (const text of allTexts(given, option)) {
    const at = text.indexOf("=");
    const name = text.slice(0, at);
    if (at < 1) fail("usage", `${flagOf(option)} ${text}: expected a name, =, and what is done`);
    if (found.has(name)) fail("usage", `${flagOf(option)} is given twice for '${name}'`);
    found.set(name, parse(text.slice(at + 1)));
  }
  return Object.fromEntries(found);
}

/** What --schedules names, which --tune may yet have to write. */
function schedulesOf(given: Given, files: Files): readonly TunedKernel[] | undefined {
  const file = oneText(given, "schedules");
  if (file === undefined || isSet(given, "tune")) return undefined;
  return files.from(file, parseTuned);
}

/** --target, or what it is by default. */
export function targetOf(given: Given): TargetName {
  return oneOf(given, "target", TARGET_NAMES) ?? DEFAULT_TARGET;
}

/** The passes that --disable names. Throws CompileError `usage` where there is no such pass. */
export function passNames(given: Given): string[] {
  const names = [...passes.map(({ name }) => name), ...OPTIONAL_PASSES, ...OPTIONAL];
  const disable = allTexts(given, "disable");
  for (const pass of disable) {
    if (names.includes(pass)) continue;
    const message = `--disable ${pass}: the passes are ${names.join(", ")}`;
    fail("usage", message, suggestion(pass, names));
  }
  return disable;
}

function shapesOf(given: Given): Record<string, number[]> {
  return Object.fromEntries(
    pairsOf(given, "shape").map(([input, dims, text]) => {
      if (!/^(\d+(,\d+)*)?$/.test(dims))
        fail("usage", `--shape ${text}: expected whole numbers such as ${input}=1,3,224,224`);
      return [input, dims === "" ? [] : dims.split(",").map(Number)];
    }),
  );
}

/** `h0=hn` => { h0: "hn" }; names may have = in them. */
function statesOf(given: Given, inputs: LoadedModel["inputs"]): Readonly<Record<string, string>> {
  const states = new Map<string, string>();
  for (const text of allTexts(given, "state")) {
    const known = inputs.find(({ name }) => text.startsWith(`${name}=`))?.name;
    const input = known ?? splitPair(text, "--state")[0];
    if (states.has(input)) fail("usage", `--state is given twice for '${input}'`);
    states.set(input, text.slice(input.length + 1));
  }
  return Object.fromEntries(states);
}

function valuesOf(
  given: Given,
  option: string,
  inputs: LoadedModel["inputs"],
  files: Files,
): Map<string, Tensor> {
  return new Map(
    pairsOf(given, option).map(([name, text]) => {
      const input = inputs.find((candidate) => candidate.name === name);
      return [name, boundValue(text, input, files)];
    }),
  );
}
