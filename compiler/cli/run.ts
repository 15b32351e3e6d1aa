/** `tilewright run`: builds a module in a folder of its own, runs it once, and writes its outputs. */
import { compile, type CompileResult } from "../compile.js";
import type { OutputFile } from "../emit/outputFile.js";
import { fileStem } from "../emit/names.js";
import { writeFiles } from "../emit/writeFiles.js";
import { fail, printable } from "../base/error.js";
import type { Graph, GraphInput } from "../graph/graph.js";
import { tensorOf } from "../base/portValues.js";
import { formatType, sameDims, type TensorData } from "../base/tensor.js";
import type { Files } from "../project/files.js";
import { MODEL_OPTIONS, openModel, readTensor } from "../project/modelOptions.js";
import { writeNpy } from "./npy.js";
import { allTexts, isSet, oneText, type Given } from "../project/given.js";
import { startProgress } from "./progress.js";
import { importModule, STANDALONE, type Arrays } from "./runModule.js";
import { warnOfUntrained } from "./untrained.js";
import type { Verb } from "./verb.js";

export const run: Verb = {
  name: "run",
  description: "Compiles a model and runs it on .npy files",
  options: [
    ["--input <[name=]file>", "Values of an input, an .npy file (repeatable)"],
    ["--out-dir <dir>", "Where one .npy per output goes; the current folder by default"],
    ["--force", "Replaces files that are there"],
    ...MODEL_OPTIONS,
  ],
  async run(path, given, streams) {
    const { definition, options, files: sources } = await openModel(path, given);
    const { end, ...progress } = startProgress(streams);
    try {
      const result = await compile(definition, { ...options, ...progress, ...STANDALONE });
      const inputs = readInputs(result.graph, given, sources);
      const outputs = (await importModule(result)).run(inputs);
      const files = outputFiles(result, outputs);
      const writing = { force: isSet(given, "force"), keep: sources.read };
      const paths = await writeFiles(oneText(given, "outDir") ?? ".", files, writing);
      end();
      warnOfUntrained(definition, streams);
      result.program.outputs.forEach(({ name, type }, i) =>
        streams.stdout(`${printable(name)}: ${formatType(type)} in ${paths[i]!}\n`),
      );
    } finally {
      end();
    }
    return 0;
  },
};

/** Every input's values. Throws CompileError on missing, unknown, repeated and misshapen ones. */
function readInputs({ inputs }: Graph, given: Given, sources: Files): Arrays {
  const values = new Map<string, TensorData>();
  for (const text of allTexts(given, "input")) {
    const { input, file } = inputOf(text, inputs);
    if (values.has(input.name)) fail("usage", `input '${input.name}' is given twice`);
    const { type, data } = readTensor(file, input.type.dtype, sources);
    if (!sameDims(type.dims, input.type.dims)) {
      const message = `${file} has [${type.dims.join(",")}], the model wants ${formatType(input.type)}`;
      fail("shape-mismatch", message, { node: input.name });
    }
    values.set(input.name, data);
  }
  const missing = inputs.filter(({ name }) => !values.has(name));
  if (missing.length > 0) {
    const wanted = missing.map(({ name, type }) => `${name}: ${formatType(type)}`).join(", ");
    fail("usage", `inputs without values: ${wanted}`, {
      hint: "give each with --input name=x.npy",
    });
  }
  return Object.fromEntries(values);
}

/** `image=x.npy`, or `x.npy` alone where there is one input. */
function inputOf(
  text: string,
  inputs: readonly GraphInput[],
): { readonly input: GraphInput; readonly file: string } {
  const named = inputs.find(({ name }) => text.startsWith(`${name}=`));
  if (named !== undefined) return { input: named, file: text.slice(named.name.length + 1) };
  const [only] = inputs;
  if (only !== undefined && inputs.length === 1 && !text.includes("="))
    return { input: only, file: text };
  const names = inputs.map(({ name }) => `'${name}'`).join(", ");
  return fail("usage", `--input ${text}: expected name=file; the inputs are ${names}`);
}

/** One file per output, named like it as far as file systems allow. */
function outputFiles({ program }: CompileResult, outputs: Arrays): OutputFile[] {
  const taken = new Set<string>();
  return program.outputs.map(({ name, type }) => {
    const stem = fileStem(name);
    let path = `${stem}.npy`;
    for (let i = 2; taken.has(path.toLowerCase()); i++) path = `${stem}_${i}.npy`;
    taken.add(path.toLowerCase());
    return { path, content: writeNpy(type, tensorOf(type, outputs[name]!).data) };
  });
}
