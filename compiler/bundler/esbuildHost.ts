/** Lets esbuild emit weights and WebAssembly: as files that code imports the addresses of. */
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { writeAsset } from "./assets.js";
import type { Host } from "./host.js";
import { MODEL_ID } from "../project/imports.js";

interface Build {
  readonly initialOptions: { readonly format?: string; readonly platform?: string };
  onResolve(
    options: { readonly filter: RegExp },
    resolve: (args: { readonly path: string; readonly namespace: string }) => object | undefined,
  ): void;
  onLoad(
    options: { readonly filter: RegExp; readonly namespace: string },
    load: (args: { readonly path: string }) => Promise<object>,
  ): void;
}

const NAMESPACE = "tilewright-asset";
const RUNTIME_FILE = fileURLToPath(new URL("../../runtime/index.js", import.meta.url));

/** Its own instance a build: formats other than esm do not know where they are. */
export function esbuildHost(): Host {
  let inline = false;
  return {
    resolves: false,
    needsInline: () => inline,
    addresses: (_context, _model, assets) => {
      const imports: string[] = [];
      return {
        imports,
        addressOf: (asset) => {
          const name = `address${imports.length}`;
          const path = `${NAMESPACE}:${writeAsset(asset, assets)}`;
          imports.push(`import ${name} from ${JSON.stringify(path)};`);
          return `new URL(${name}, import.meta.url)`;
        },
      };
    },
    hooks: {
      esbuild: {
        // Whatever its hook resolves, unplugin wants loaded by a hook: the runtime is a file like any other.
        onResolveFilter: MODEL_ID,
        setup(build: Build) {
          const { format, platform } = build.initialOptions;
          inline = format !== "esm" || platform === "node";
          build.onResolve({ filter: /^tilewright\/runtime$/ }, ({ namespace }) =>
            namespace === "file" ? undefined : { path: RUNTIME_FILE },
          );
          build.onResolve({ filter: new RegExp(`^${NAMESPACE}:`) }, ({ path }) => ({
            path: path.slice(NAMESPACE.length + 1),
            namespace: NAMESPACE,
          }));
          build.onLoad({ filter: /.*/, namespace: NAMESPACE }, async ({ path }) => ({
            contents: await readFile(path),
            loader: "file",
          }));
        },
      },
    },
  };
}
