/** Our own side: a case compiled to a module on disk and imported as a user's program would. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { compile, type CompileOptions } from "../../compiler/compile.js";
import { writeFiles } from "../../compiler/emit/writeFiles.js";
import { VERSION } from "../../compiler/version.js";
import type { Arrays, Peer } from "./peer.js";

interface EmittedModule {
  load(): Promise<{ run(inputs: Arrays): Arrays }>;
}

export function tilewright(target: NonNullable<CompileOptions["target"]>): Peer {
  return {
    name: `tilewright-${target}`,
    version: VERSION,
    async prepare({ definition, inputs }) {
      const emission = { target, standalone: true, js: true, name: "model" } as const;
      const { files } = await compile(definition, emission);
      const folder = await mkdtemp(join(tmpdir(), "bench-"));
      try {
        const manifest = { path: "package.json", content: '{ "type": "module" }\n' };
        const [path] = await writeFiles(folder, [...files, manifest]);
        const module = (await import(pathToFileURL(path!).href)) as EmittedModule;
        const model = await module.load();
        return { run: () => model.run(inputs), outputs: () => model.run(inputs) };
      } finally {
        await rm(folder, { recursive: true });
      }
    },
  };
}
