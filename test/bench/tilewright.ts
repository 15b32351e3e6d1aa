/** Our own side: a case compiled to a module on disk and imported as a user's program would. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { compile, planModel, type CompileOptions } from "../../compiler/compile.js";
import { writeFiles } from "../../compiler/emit/writeFiles.js";
import { VERSION } from "../../compiler/base/version.js";
import { hasRelaxedSimd } from "../../runtime/wasm.js";
import { compilePrograms, execute } from "../support/execution.js";
import type { Arrays, Peer } from "./peer.js";
import { unlimited } from "../support/unlimited.js";

interface EmittedModel {
  readonly threads?: number;
  run(inputs: Arrays): Arrays;
  dispose?(): void;
}

interface EmittedModule {
  load(options?: { readonly threads: number }): Promise<EmittedModel>;
}

/** Workers may start after `load`, which waits for them for a moment only. */
const WAIT_MS = 5000;

async function allThreads(model: EmittedModel, threads: number): Promise<void> {
  const end = performance.now() + WAIT_MS;
  while (threads > 1 && model.threads !== threads) {
    if (performance.now() > end) throw new Error(`${model.threads} of ${threads} threads started`);
    await setTimeout(1);
  }
}

export function tilewright(
  target: NonNullable<CompileOptions["target"]>,
  simd: NonNullable<CompileOptions["simd"]> = "both",
  options: Pick<CompileOptions, "winograd" | "weightsType" | "arithmetic"> = {},
  threads = 1,
): Peer {
  const shared = threads > 1 ? { threads: true } : {};
  return {
    name: [`tilewright-${target}`, ...(simd === "both" ? [] : [simd])]
      .join("-")
      .concat(options.weightsType === undefined ? "" : ` ${options.weightsType}`)
      .concat(options.arithmetic === undefined ? "" : ` arithmetic ${options.arithmetic}`)
      .concat(threadsText(threads)),
    version: VERSION,
    async prepare({ definition, inputs }) {
      const emission = { target, simd, standalone: true, js: true, name: "model" } as const;
      const { files } = await compile(definition, {
        ...emission,
        ...options,
        ...shared,
        ...unlimited(),
      });
      const folder = await mkdtemp(join(tmpdir(), "bench-"));
      const remove = (): Promise<void> => rm(folder, { recursive: true });
      try {
        const manifest = { path: "package.json", content: '{ "type": "module" }\n' };
        const [path] = await writeFiles(folder, [...files, manifest]);
        const module = (await import(pathToFileURL(path!).href)) as EmittedModule;
        const model = await module.load(threads > 1 ? { threads } : undefined);
        await allThreads(model, threads);
        return {
          run: () => model.run(inputs),
          outputs: () => model.run(inputs),
          async dispose() {
            model.dispose?.();
            await remove();
          },
        };
      } catch (error) {
        await remove();
        throw error;
      }
    },
  };
}

/** Of the name of an engine that has more than one. */
export function threadsText(threads: number): string {
  return threads === 1 ? "" : `-${threads}-threads`;
}

/**
 * A layer on WebAssembly as it runs within a network: what it reads and writes lies as its neighbours have it, and
 * neither the input of the model nor an output is moved to another order.
 */
export function tilewrightLayers(): Peer {
  return {
    name: "tilewright-wasm",
    version: VERSION,
    async prepare({ graph, within, inputs }) {
      if (within === undefined) return undefined;
      const { program } = planModel(within, { target: "wasm" });
      const simd = hasRelaxedSimd() ? "relaxed" : "plain";
      const execution = (await compilePrograms([program], simd))[0]!;
      const [output] = graph.outputs;
      const name = output!.value.slice(1);
      const last = program.kernels.findIndex(({ covers }) => covers.at(-1) === name);
      const layer = program.kernels.flatMap(({ role }, i) =>
        role !== "copy" && i <= last ? [i] : [],
      );
      const tensors = new Map(
        graph.inputs.map(({ name, type }) => [name, { type, data: inputs[name]! }]),
      );
      return {
        run() {
          for (const kernel of layer) execution.call(kernel);
        },
        outputs() {
          let found: Arrays = {};
          execute(execution, tensors, ({ covers }, { data }) => {
            if (covers.at(-1) === name) found = { [output!.name]: data as Float32Array };
            return undefined;
          });
          return found;
        },
      };
    },
  };
}
