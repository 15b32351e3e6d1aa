/** `tilewright run`: builds a module in a folder of its own, runs it once, and writes its outputs. */
import { compile } from "../compile.js";
import type { OutputFile } from "../emit/outputFile.js";
import { fileStem } from "../emit/names.js";
import { writeFiles } from "../emit/writeFiles.js";
import { fail, printable } from "../base/error.js";
import { tensorOf } from "../base/portValues.js";
import type { Port, Program } from "../program/program.js";
import { formatType, sameDims, type Tensor } from "../base/tensor.js";
import { openFiles, type Files } from "../project/files.js";
import { readTensor, type KnownInput } from "../project/boundValue.js";
import { MODEL_OPTIONS, openModel } from "../project/modelOptions.js";
import { writeNpy } from "./npy.js";
import { allTexts, isSet, oneText, type Given } from "../project/given.js";
import { startProgress } from "./progress.js";
import { importModule, STANDALONE, type LoadedModule } from "./runModule.js";
import { runSteps } from "./runSteps.js";
import { warnOfUntrained } from "./untrained.js";
import type { Verb } from "./verb.js";

type Values = ReadonlyMap<string, Tensor>;

export const run: Verb = {
  name: "run",
  description: "Compiles a model and runs it on .npy files",
  options: [
    ["--input <[name=]file>", "Values of an input, an .npy file (repeatable)"],
    ["--steps", "Runs once for each step, which is a dim before those of inputs and of outputs"],
    ["--out-dir <dir>", "Where one .npy per output goes; the current folder by default"],
    ["--force", "Replaces files that are there"],
    ...MODEL_OPTIONS,
  ],
  async run(path, given, streams) {
    const sources = openFiles();
    const { definition, options } = await openModel(path, given, sources, {
      shapesFrom: (inputs) => shapesOfFiles(inputs, given, sources),
    });
    const { end, ...progress } = startProgress(streams);
    try {
      const result = await compile(definition, { ...options, ...progress, ...STANDALONE });
      const inputs = readInputs(result.program, given, sources);
      const module = await importModule(result);
      const outputs = isSet(given, "steps")
        ? runSteps(module, result.program, inputs)
        : runOnce(module, result.program, inputs);
      const files = outputFiles(outputs);
      const writing = { force: isSet(given, "force"), keep: sources.read };
      const paths = await writeFiles(oneText(given, "outDir") ?? ".", files, writing);
      end();
      warnOfUntrained(definition, streams);
      [...outputs].forEach(([name, { type }], i) =>
        streams.stdout(`${printable(name)}: ${formatType(type)} in ${paths[i]!}\n`),
      );
    } finally {
      end();
    }
    return 0;
  },
};

/** Of inputs that leave dims open, unless something is made of them first: those of the values that are given. */
function shapesOfFiles(
  inputs: readonly KnownInput[],
  given: Given,
  sources: Files,
): Record<string, readonly number[]> {
  const prepared = allTexts(given, "preprocess").map((text) => text.slice(0, text.indexOf("=")));
  return Object.fromEntries(
    allTexts(given, "input").flatMap((text) => {
      const found = inputOf(text, inputs);
      if (found === undefined || prepared.includes(found.input.name)) return [];
      const { name, dtype, dims: declared } = found.input;
      const { dims } = readTensor(found.file, dtype, sources).type;
      const fits = declared === undefined || declared.length === dims.length;
      const isOpen = declared?.every((dim) => typeof dim === "number") !== true;
      return fits && isOpen ? [[name, dims]] : [];
    }),
  );
}

function runOnce(module: LoadedModule, { outputs }: Program, inputs: Values): Values {
  const given = [...inputs].map(([name, { data }]) => [name, data] as const);
  const results = module.run(Object.fromEntries(given));
  return new Map(outputs.map(({ name, type }) => [name, tensorOf(type, results[name]!)]));
}

/** Every input's values; with --steps those of all steps. Throws CompileError on missing, unknown, repeated and misshapen ones. */
function readInputs({ inputs, states }: Program, given: Given, sources: Files): Values {
  const values = new Map<string, Tensor>();
  for (const text of allTexts(given, "input")) {
    const { input, file } = inputOf(text, inputs) ?? failOnInput(text, inputs, states);
    if (values.has(input.name)) fail("usage", `input '${input.name}' is given twice`);
    const value = readTensor(file, input.type.dtype, sources);
    const [{ dims }, wanted] = [value.type, formatType(input.type)];
    const steps = isSet(given, "steps");
    if (!sameDims(steps ? dims.slice(1) : dims, input.type.dims) || (steps && dims.length === 0)) {
      const message = `${file} has [${dims.join(",")}], the model wants ${wanted}`;
      fail("shape-mismatch", `${message}${steps ? " for each step" : ""}`, { node: input.name });
    }
    values.set(input.name, value);
  }
  const missing = inputs.filter(({ name }) => !values.has(name));
  if (missing.length > 0) {
    const wanted = missing.map(({ name, type }) => `${name}: ${formatType(type)}`).join(", ");
    fail("usage", `inputs without values: ${wanted}`, {
      hint: "give each with --input name=x.npy",
    });
  }
  return values;
}

/** `image=x.npy`, or `x.npy` alone where there is one input. */
export function inputOf<Input extends { readonly name: string }>(
  text: string,
  inputs: readonly Input[],
): { readonly input: Input; readonly file: string } | undefined {
  const named = inputs.find(({ name }) => text.startsWith(`${name}=`));
  if (named !== undefined) return { input: named, file: text.slice(named.name.length + 1) };
  const [only] = inputs;
  if (only !== undefined && inputs.length === 1 && !text.includes("="))
    return { input: only, file: text };
  return undefined;
}

/** Throws CompileError `usage` on what --input names. */
export function failOnInput(text: string, inputs: readonly Port[], states: readonly Port[]): never {
  const state = states.find(({ name }) => text.startsWith(`${name}=`));
  if (state !== undefined)
    fail("usage", `--input ${text}: '${state.name}' is a state, which no run takes`, {
      hint: `what it is at first, --initial ${text} says`,
    });
  const names = inputs.map(({ name }) => `'${name}'`).join(", ");
  return fail("usage", `--input ${text}: expected name=file; the inputs are ${names}`);
}

/** One file per output, named like it as far as file systems allow. */
function outputFiles(outputs: Values): OutputFile[] {
  const taken = new Set<string>();
  return [...outputs].map(([name, { type, data }]) => {
    const stem = fileStem(name);
    let path = `${stem}.npy`;
    for (let i = 2; taken.has(path.toLowerCase()); i++) path = `${stem}_${i}.npy`;
    taken.add(path.toLowerCase());
    return { path, content: writeNpy(type, data) };
  });
}
