/** What bundlers do differently: who finds a file, where weights and WebAssembly go, and what their addresses are. */
import { dirname, relative, sep } from "node:path";
import { writeAsset } from "./assets.js";
import { esbuildHost } from "./esbuildHost.js";
import { emitted, type Host } from "./host.js";
import { viteHost } from "./viteHost.js";

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
    case "bun":
      return bunHost;
    default:
      return rollupHost;
  }
}

/** Rollup and Rolldown name assets by what is in them, and know their addresses in every format. */
const rollupHost: Host = {
  resolves: false,
  needsInline: () => false,
  addresses: (context) => ({ addressOf: (asset) => emitted(context, asset) }),
};

/** Bun's bundler has no way for a plugin to emit a file. */
const bunHost: Host = {
  resolves: false,
  needsInline: () => true,
  addresses: () => ({ addressOf: ({ path }) => JSON.stringify(path) }),
};

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
