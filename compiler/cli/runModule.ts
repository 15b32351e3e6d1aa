/** Builds a module in a folder of its own and imports it: what a user would run. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Budget } from "../base/budget.js";
import { compile, type CompileResult } from "../compile.js";
import { fail } from "../base/error.js";
import { failOnFile } from "../base/fileError.js";
import { writeFiles } from "../emit/writeFiles.js";
import type { Program } from "../program/program.js";
import { elementCount, newData, type Tensor, type TensorData } from "../base/tensor.js";
import type { BuildModel } from "../golden/prepareCase.js";

export type Arrays = Readonly<Record<string, TensorData>>;

/** A loaded model, as far as verbs need it. */
export interface LoadedModule {
  run(inputs: Arrays): Arrays;
  /** Of a model with states. */
  readonly reset?: () => void;
}

/** What makes a module that needs nothing but itself. */
export const STANDALONE = { standalone: true, js: true, name: "model" } as const;

/** Writes the files somewhere, imports and loads them, and leaves nothing behind. */
export async function importModule({ files }: Pick<CompileResult, "files">): Promise<LoadedModule> {
  const [module] = files;
  if (!module!.path.endsWith(".js"))
    fail("usage", `only modules of JavaScript run here: ${module!.path} is none`);
  const folder = await temporaryFolder();
  try {
    const manifest = { path: "package.json", content: '{ "type": "module" }\n' };
    const paths = await writeFiles(folder, [...files, manifest]);
    const url = pathToFileURL(paths[0]!).href;
    const { load } = (await import(/* @vite-ignore */ url)) as { load(): Promise<LoadedModule> };
    return checked(await load());
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function temporaryFolder(): Promise<string> {
  try {
    return await mkdtemp(join(tmpdir(), "tilewright-"));
  } catch (error) {
    return failOnFile(error, `cannot make a folder in ${tmpdir()}, where temporary files go`);
  }
}

/** A module that says by CompileError `usage` what is wrong with inputs. */
function checked(module: LoadedModule): LoadedModule {
  return {
    ...module,
    run: (inputs) => {
      try {
        return module.run(inputs);
      } catch (error) {
        if (error instanceof Error && error.message.startsWith("run: "))
          fail("usage", error.message.slice(5));
        throw error;
      }
    },
  };
}

/** Values between −1 and 1 that no engine takes for zeros; integers stay 0, a legal index everywhere. */
export function sampleInputs(program: Program): Arrays {
  return Object.fromEntries(
    program.inputs.map(({ name, type }) => {
      const data = newData(type.dtype, elementCount(type.dims));
      if (data instanceof Float32Array)
        for (let i = 0; i < data.length; i++) data[i] = ((i * 7919) % 2001) / 1000 - 1;
      return [name, data];
    }),
  );
}

/** The same options with a budget of which nothing is spent: a verb may compile a model more than once. */
export function renewed<Options extends { readonly budget?: Budget }>(options: Options): Options {
  const { budget } = options;
  return budget === undefined ? options : { ...options, budget: budget.renew() };
}

/** Compiles to a module and runs that. */
export const buildModule: BuildModel = async (definition, options) => {
  const result = await compile(definition, { ...renewed(options), ...STANDALONE });
  const module = await importModule(result);
  const run = (inputs: ReadonlyMap<string, Tensor>): Promise<Map<string, Tensor>> => {
    const given = result.program.inputs.map(({ name }) => [name, inputs.get(name)!.data] as const);
    const outputs = module.run(Object.fromEntries(given));
    return Promise.resolve(
      new Map(
        result.program.outputs.map(({ name, type }): [string, Tensor] => [
          name,
          { type, data: outputs[name]! },
        ]),
      ),
    );
  };
  return module.reset === undefined ? run : Object.assign(run, { reset: module.reset });
};
