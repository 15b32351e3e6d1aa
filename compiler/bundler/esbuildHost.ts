/** Lets esbuild emit weights and WebAssembly: as files that code imports the addresses of. */
import { readFile } from "node:fs/promises";
import { writeAsset } from "./assets.js";
import type { Host } from "./host.js";

interface Build {
  readonly initialOptions: { readonly format?: string; readonly platform?: string };
  onResolve(
    options: { readonly filter: RegExp },
    resolve: (args: { readonly path: string }) => object,
  ): void;
  onLoad(
    options: { readonly filter: RegExp; readonly namespace: string },
    load: (args: { readonly path: string }) => Promise<object>,
  ): void;
}

const NAMESPACE = "tilewright-asset";

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
        setup(build: Build) {
          const { format, platform } = build.initialOptions;
          inline = format !== "esm" || platform === "node";
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
