/** A web server for one folder with a strict policy, and the one result that its page sends back. */
import { readFile } from "node:fs/promises";
import type { IncomingMessage } from "node:http";
import { extname, join, normalize } from "node:path";
import { startServer } from "../support/server.js";

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".mjs": "text/javascript",
  ".json": "application/json",
  ".wasm": "application/wasm",
};

export interface Served {
  readonly address: string;
  /** What the page posts to /result; rejects where it posts an error, or after a minute. */
  readonly result: Promise<string>;
  /** Paths that were asked for. */
  readonly requested: ReadonlySet<string>;
  close(): void;
}

/**
 * Scripts come from here alone and none is made from strings; WebAssembly may be compiled where `wasm` says so,
 * because a policy that forbids it forbids every WebAssembly.
 */
export async function serveFolder(folder: string, wasm: boolean): Promise<Served> {
  const scripts = `script-src 'self'${wasm ? " 'wasm-unsafe-eval'" : ""}`;
  const policy = `default-src 'none'; ${scripts}; connect-src 'self'`;
  let report: (text: string) => void = () => {};
  let refuse: (error: Error) => void = () => {};
  const result = new Promise<string>((resolve, reject) => ([report, refuse] = [resolve, reject]));
  const timer = setTimeout(() => refuse(new Error("the page sent nothing")), 60_000);
  const requested = new Set<string>();
  const { origin, close } = await startServer(async (request, response) => {
    const path = normalize(new URL(request.url ?? "/", "http://localhost").pathname);
    if (request.method === "POST") {
      const text = await bodyOf(request);
      response.writeHead(204).end();
      if (path === "/result") report(text);
      else refuse(new Error(`the page failed: ${text}`));
      return;
    }
    requested.add(path);
    try {
      const content = await readFile(join(folder, path));
      const type = TYPES[extname(path)] ?? "application/octet-stream";
      response.writeHead(200, { "content-type": type, "content-security-policy": policy });
      response.end(content);
    } catch {
      response.writeHead(404).end();
    }
  });
  return {
    address: origin,
    result: result.finally(() => clearTimeout(timer)),
    requested,
    close,
  };
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of request) text += String(chunk);
  return text;
}
