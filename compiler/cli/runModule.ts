/** Builds a module in a folder of its own and imports it: what a user would run. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { compile, type CompileResult } from "../compile.js";
import { fail } from "../base/error.js";
import { writeFiles } from "../emit/writeFiles.js";
import type { Program } from "../program/program.js";
import {
  elementCount,
  formatType,
  newData,
  sameType,
  type Tensor,
  type TensorData,
} from "../base/tensor.js";
import type { BuildModel } from "../golden/prepareCase.js";

export type Arrays = Readonly<Record<string, TensorData>>;

/** A loaded model, as far as verbs need it. */
export interface LoadedModule {
  run(inputs: Arrays): Arrays;
}

/** What makes a module that needs nothing but itself. */
export const STANDALONE = { standalone: true, js: true, name: "model" } as const;

/** Writes the files somewhere, imports and loads them, and leaves nothing behind. */
export async function importModule({ files }: Pick<CompileResult, "files">): Promise<LoadedModule> {
  const [module] = files;
  if (!module!.path.endsWith(".js"))
    fail("usage", `only modules of JavaScript run here: ${module!.path} is none`);
  const folder = await mkdtemp(join(tmpdir(), "tilewright-"));
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

/** A module that says by CompileError `usage` what is wrong with inputs. */
function checked(module: LoadedModule): LoadedModule {
  return {
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

/** The data of every input. Throws CompileError `usage` where one has none, or another type. */
function dataOf({ inputs }: Program, given: ReadonlyMap<string, Tensor>): Arrays {
  const entries = inputs.map(({ name, type }) => {
    const value = given.get(name);
    const wanted = `expected ${formatType(type)}`;
    if (value === undefined) return fail("usage", `input '${name}' has no value: ${wanted}`);
    if (!sameType(value.type, type))
      fail("usage", `the value of input '${name}' is ${formatType(value.type)}: ${wanted}`);
    return [name, value.data] as const;
  });
  return Object.fromEntries(entries);
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

/** Compiles to a module and runs that. */
export const buildModule: BuildModel = async (definition, options) => {
  const result = await compile(definition, { ...options, ...STANDALONE });
  const module = await importModule(result);
  return (inputs) => {
    const outputs = module.run(dataOf(result.program, inputs));
    return Promise.resolve(
      new Map(
        result.program.outputs.map(({ name, type }): [string, Tensor] => [
          name,
          { type, data: outputs[name]! },
        ]),
      ),
    );
  };
};
