/** Vite: addresses of the dev server while developing, Rollup's when building, and everything inline on servers. */
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from "node:http";
import { extname } from "node:path";
import type { CachedFile } from "../project/cache.js";
import { placeOf } from "./assets.js";
import { emitted, type HookContext, type Host } from "./host.js";

interface Config {
  readonly base: string;
  readonly command: "serve" | "build";
  readonly plugins: readonly { readonly name: string }[];
}

interface UserConfig {
  readonly worker?: { readonly plugins?: () => unknown };
}

type Middleware = (request: IncomingMessage, response: ServerResponse, next: () => void) => void;

interface Server {
  readonly config: { readonly server: { readonly headers?: OutgoingHttpHeaders } };
  readonly middlewares: { use(middleware: Middleware): void };
}

const PREFIX = "@tilewright/";

/** `again` makes the plugin of a worker: Vite bundles workers by themselves. */
export function viteHost(again: () => unknown): Host {
  let config: Config = { base: "/", command: "build", plugins: [] };
  const served = new Map<string, CachedFile>();
  const addressInDev = (asset: CachedFile): string => {
    const place = placeOf(asset);
    served.set(place, asset);
    // Not `new URL("…", import.meta.url)`, which Vite takes for a file.
    return `new URL(${JSON.stringify(`${config.base}${PREFIX}${place}`)}, new URL(import.meta.url).origin)`;
  };
  return {
    resolves: false,
    // The pages of tests have no server to fetch from.
    needsInline: ({ environment }: HookContext) =>
      environment?.config?.consumer === "server" ||
      config.plugins.some(({ name }) => name.startsWith("vitest")),
    addresses: (context) => ({
      addressOf: (asset) =>
        config.command === "serve" ? addressInDev(asset) : emitted(context, asset),
    }),
    hooks: {
      vite: {
        config: ({ worker }: UserConfig) => ({
          worker: { plugins: () => [worker?.plugins?.(), again()] },
        }),
        configResolved(resolved: Config) {
          config = resolved;
        },
        configureServer({ config: { server }, middlewares }: Server) {
          middlewares.use(serve(served, server.headers ?? {}));
        },
      },
    },
  };
}

const TYPES: Readonly<Record<string, string>> = {
  ".wasm": "application/wasm",
  ".js": "text/javascript",
};

/** `headers`: of the server's, without which pages that are isolated run no worker. */
function serve(served: ReadonlyMap<string, CachedFile>, headers: OutgoingHttpHeaders): Middleware {
  return ({ url = "" }, response, next) => {
    const at = url.indexOf(`/${PREFIX}`);
    const place = url.slice(at + 1 + PREFIX.length).replace(/\?.*$/, "");
    const asset = at < 0 ? undefined : served.get(place);
    if (asset === undefined) return next();
    for (const [name, value] of Object.entries(headers))
      if (value !== undefined) response.setHeader(name, value);
    response.setHeader("Content-Type", TYPES[extname(asset.path)] ?? "application/octet-stream");
    response.setHeader("Cache-Control", "max-age=31536000, immutable");
    response.end(asset.content);
  };
}
