/** Sources that never end, say another length, or are no files: refused as soon as that is seen. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadWasm, loadWeights } from "../../runtime/index.js";
import { startServer, type TestServer } from "../support/server.js";

const EXPECTED = 1000;
const weights = Uint8Array.from({ length: EXPECTED }, (_, i) => i & 255);
const code = [{ bytes: EXPECTED, hash: "", id: "" }];
const page = `<!doctype html>${" ".repeat(5000)}`;

let folder: string;
let server: TestServer;
let origin: string;
/** What a server wrote before the other side hung up. */
let written = 0;
let hungUp: Promise<void>;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "source-"));
  writeFileSync(join(folder, "long"), new Uint8Array(EXPECTED + 1));
  writeFileSync(join(folder, "page"), page);
  server = await startServer(({ url }, response) => {
    if (url === "/gzip") {
      const zipped = gzipSync(weights, { level: 0 });
      response.writeHead(200, { "content-encoding": "gzip", "content-length": zipped.length });
      return void response.end(zipped);
    }
    if (url === "/bomb") response.setHeader("content-encoding", "gzip");
    if (url === "/missing") response.statusCode = 404;
    if (url === "/promised") response.setHeader("content-length", 2 ** 40);
    written = 0;
    hungUp = new Promise((resolve) => response.once("close", resolve));
    const bomb = gzipSync(new Uint8Array(2 ** 24));
    const part = url === "/bomb" ? bomb : new Uint8Array(url === "/promised" ? 100 : 65536);
    const write = (): void => {
      if (response.destroyed) return;
      written += part.length;
      if (response.write(part)) setImmediate(write);
      else response.once("drain", write);
    };
    if (url === "/promised") response.write(part);
    else write();
  });
  ({ origin } = server);
});

afterAll(() => {
  server.close();
  rmSync(folder, { recursive: true });
});

describe.each([
  ["weights", (source: string | URL | Response) => loadWeights(source, EXPECTED)],
  ["wasm", (source: string | URL | Response) => loadWasm(source, code)],
] as const)("%s", (what, load) => {
  it.each([
    ["an endless response", "/endless", "got more than 1000 bytes"],
    ["a gzip bomb", "/bomb", "got more than 1000 bytes"],
    ["a promise of a terabyte", "/promised", "got 1099511627776 bytes"],
    ["an endless page of a server that has no file", "/missing", "HTTP status 404"],
  ])("hangs up on %s", async (_, path, message) => {
    await expect(load(`${origin}${path}`)).rejects.toThrow(message);
    await hungUp;
    expect(written).toBeLessThan(2 ** 25);
  });

  it("cancels an endless stream", async () => {
    let cancelled = false;
    const stream = new ReadableStream({
      pull: (controller) => controller.enqueue(new Uint8Array(64)),
      cancel: () => void (cancelled = true),
    });
    await expect(load(new Response(stream))).rejects.toThrow("got more than 1000 bytes");
    expect(cancelled).toBe(true);
  });

  it.skipIf(process.platform === "win32")("refuses what is no file", async () => {
    const pipe = join(folder, `pipe-${what}`);
    execFileSync("mkfifo", [pipe]);
    for (const path of [pipe, folder, "/dev/zero"]) {
      const url = pathToFileURL(path);
      await expect(load(url)).rejects.toThrow(`${what} at ${url.href}: this is no file`);
    }
  });

  it("reads no more of a file than tells what it is", async () => {
    await expect(load(pathToFileURL(join(folder, "long")))).rejects.toThrow("got 1001 bytes");
    await expect(load(pathToFileURL(join(folder, "page")))).rejects.toThrow("got an HTML page");
  });

  it("says little of a long address", async () => {
    const address = `data:application/octet-stream,${"x".repeat(100_000)}`;
    const { message } = await load(address).then(
      () => new Error("none"),
      (error: unknown) => error as Error,
    );
    expect(message).toContain("got more than 1000 bytes");
    expect(message.length).toBeLessThan(1000);
  });
});

it("counts what is compressed on its way as it was", async () => {
  expect(await loadWeights(`${origin}/gzip`, EXPECTED)).toEqual(weights);
});

it("stops a response that has stopped coming", async () => {
  const controller = new AbortController();
  const stalled = new Response(new ReadableStream());
  const loading = loadWeights(stalled, EXPECTED, { signal: controller.signal });
  setTimeout(() => controller.abort(new Error("enough")), 20);
  await expect(loading).rejects.toThrow("enough");
});
