/** What bundlers do differently: who finds a file, where weights and WebAssembly go, and what their addresses are. */
import { dirname, relative, sep } from "node:path";
import type { CachedFile } from "../project/cache.js";
import { writeAsset } from "./assets.js";
import { esbuildHost } from "./esbuildHost.js";
import { viteHost } from "./viteHost.js";

/** What hooks are called with, as far as all bundlers have it. */
export interface HookContext {
  addWatchFile(path: string): void;
  emitFile(file: EmittedAsset): unknown;
  /** Of webpack and its kin, and of esbuild. */
  getNativeBuildContext?(): unknown;
  /** Of Vite: the page or the server. */
  readonly environment?: { readonly config?: { readonly consumer?: string } };
}

interface EmittedAsset {
  readonly type: "asset";
  readonly name: string;
  readonly source: Uint8Array;
}

/** Addresses of assets as expressions of JavaScript, and what has to stand before the module for them. */
export interface Addresses {
  addressOf(asset: CachedFile): string;
  readonly imports?: readonly string[];
}

export interface Host {
  /** Whether it finds files with queries by itself. */
  readonly resolves: boolean;
  /** Whether a module must hold everything itself: on servers, and in formats that know no address of theirs. */
  needsInline(context: HookContext): boolean;
  /** `assets`: a folder for files that are read from disk. */
  addresses(context: HookContext, model: string, assets: string): Addresses;
  /** Hooks of that bundler alone. */
  readonly hooks?: object;
}

/** By the names that unplugin gives them. */
export function hostOf(framework: string, again: () => unknown): Host {
  switch (framework) {
    case "vite":
      return viteHost(again);
    case "webpack":
    case "rspack":
      return webpackHost;
    case "esbuild":
      return esbuildHost();
    default:
      return rollupHost;
  }
}

/** Rollup and Rolldown name assets by what is in them, and know their addresses in every format. */
export const rollupHost: Host = {
  resolves: false,
  needsInline: () => false,
  addresses: (context) => ({ addressOf: (asset) => emitted(context, asset) }),
};

/** The address of an asset that Rollup emits. */
export function emitted(context: HookContext, { path, content }: CachedFile): string {
  const source = Buffer.from(content as Uint8Array);
  const reference = context.emitFile({ type: "asset", name: path, source });
  // Rollup makes it a whole address, Vite a path below its base.
  return `new URL(import.meta.ROLLUP_FILE_URL_${String(reference)}, import.meta.url)`;
}

interface WebpackContext {
  readonly loaderContext?: { readonly target?: string };
  readonly compiler?: { readonly options?: { readonly target?: unknown } };
}

/** webpack and Rspack take `new URL("./path", import.meta.url)` for a file and give it an address. */
const webpackHost: Host = {
  resolves: true,
  needsInline: (context) => {
    const { loaderContext, compiler } = (context.getNativeBuildContext?.() ?? {}) as WebpackContext;
    const targets = [loaderContext?.target, compiler?.options?.target].flat();
    return targets.some((target) => typeof target === "string" && /node|edge/.test(target));
  },
  addresses: (_context, model, assets) => ({
    addressOf: (asset) => {
      const path = relative(dirname(model), writeAsset(asset, assets)).split(sep).join("/");
      const specifier = path.startsWith(".") ? path : `./${path}`;
      return `new URL(${JSON.stringify(specifier)}, import.meta.url)`;
    },
  }),
};
