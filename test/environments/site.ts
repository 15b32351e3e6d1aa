/** A folder served below a path with a content security policy, as a strict host would. */
import { readFile } from "node:fs/promises";
import { extname, join, normalize } from "node:path";
import { startServer } from "../support/server.js";

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".mjs": "text/javascript",
  ".css": "text/css",
  ".wasm": "application/wasm",
};

/**
 * Scripts, and all that they fetch, from here alone; `wasm` lets them compile WebAssembly, `inline` lets them stand in
 * the page.
 */
export function policy(wasm: boolean, inline = false): string {
  const more = [wasm ? " 'wasm-unsafe-eval'" : "", inline ? " 'unsafe-inline'" : ""];
  return `default-src 'self'; script-src 'self'${more.join("")}`;
}

/** What a page needs to share memory with its workers. */
export const ISOLATED: Readonly<Record<string, string>> = {
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-embedder-policy": "require-corp",
};

interface Site {
  readonly base?: string;
  readonly csp: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Serves until `use` is through, which gets the address of the folder. */
export async function serveSite<T>(
  folder: string,
  { base = "/", csp, headers = {} }: Site,
  use: (address: string) => Promise<T>,
): Promise<T> {
  const { origin, close } = await startServer(async (request, response) => {
    const path = normalize(new URL(request.url ?? "/", "http://localhost").pathname);
    try {
      if (!path.startsWith(base)) throw new Error("not below the base");
      const below = path.slice(base.length);
      const name = below === "" || below.endsWith("/") ? `${below}index.html` : below;
      const content = await readFile(join(folder, name));
      const type = TYPES[extname(name)] ?? "application/octet-stream";
      response.writeHead(200, {
        ...headers,
        ...{ "content-type": type, "content-security-policy": csp },
      });
      response.end(content);
    } catch {
      response.writeHead(404, { "content-type": "text/html" }).end("<!doctype html>not found");
    }
  });
  try {
    return await use(`${origin}${base}`);
  } finally {
    close();
  }
}
