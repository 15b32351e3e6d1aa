/** Weights arrive from bytes, files, addresses and responses, or fail saying what was expected. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  constantMemory,
  decodeBase64,
  hashBytes,
  loadWeights,
  type Part,
  type Progress,
} from "../../runtime/index.js";
import { startServer, type TestServer } from "../support/server.js";

const bytes = Uint8Array.from({ length: 300_000 }, (_, i) => (i * 7) & 255);
const page = "<!DOCTYPE html><html><body>Not found</body></html>";

let folder: string;
let server: TestServer;
let origin: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "weights"));
  writeFileSync(join(folder, "w.bin"), bytes);
  server = await startServer((request, response) => {
    if (request.url === "/w.bin") response.end(bytes);
    else if (request.url === "/missing") response.writeHead(404).end(page);
    else if (request.url === "/slow") response.write(bytes.subarray(0, 100));
    else response.end(page);
  });
  ({ origin } = server);
});

afterAll(() => {
  server.close();
  rmSync(folder, { recursive: true });
});

describe("loadWeights", () => {
  it.each([
    ["Uint8Array", (): Uint8Array => bytes],
    ["ArrayBuffer", (): ArrayBuffer => bytes.slice().buffer],
    ["promise", (): Promise<Uint8Array> => Promise.resolve(bytes)],
    ["file URL", (): URL => pathToFileURL(join(folder, "w.bin"))],
    ["text of a file URL", (): string => pathToFileURL(join(folder, "w.bin")).href],
    ["address", (): string => `${origin}/w.bin`],
    ["URL", (): URL => new URL("/w.bin", origin)],
    ["Request", (): Request => new Request(`${origin}/w.bin`)],
    ["Response", (): Response => new Response(bytes)],
    ["promise of a Response", (): Promise<Response> => fetch(`${origin}/w.bin`)],
  ])("from %s", async (_, source) => {
    expect(Buffer.compare(await loadWeights(source(), bytes.length), bytes)).toBe(0);
    const seen: Progress[] = [];
    const onProgress = (progress: Progress): void => void seen.push(progress);
    const watched = await loadWeights(source(), bytes.length, { onProgress });
    expect(Buffer.compare(watched, bytes)).toBe(0);
    expect(seen.at(-1)).toEqual({ loaded: bytes.length, total: bytes.length });
    for (let i = 1; i < seen.length; i++)
      expect(seen[i]!.loaded).toBeGreaterThan(seen[i - 1]!.loaded);
  });

  it("reads a long file in pieces, each twice as long as all before it", async () => {
    const long = new Uint8Array(2 ** 25).map((_, i) => (i * 7) ^ (i >> 13));
    writeFileSync(join(folder, "long.bin"), long);
    const seen: number[] = [];
    const onProgress = ({ loaded }: Progress): void => void seen.push(loaded);
    const url = pathToFileURL(join(folder, "long.bin"));
    const loaded = await loadWeights(url, long.length, { onProgress });
    expect(Buffer.compare(loaded, long)).toBe(0);
    expect(seen).toEqual([...[1, 3, 9, 27].map((pieces) => pieces * 2 ** 20), 2 ** 25]);
    const controller = new AbortController();
    const stopped = loadWeights(url, long.length, {
      signal: controller.signal,
      onProgress: () => controller.abort(new Error("enough")),
    });
    await expect(stopped).rejects.toThrow("enough");
  });

  it("says what is wrong", async () => {
    const load = (source: string): Promise<Uint8Array> => loadWeights(source, bytes.length);
    await expect(load(`${origin}/missing`)).rejects.toThrow("/missing: HTTP status 404");
    await expect(load(`${origin}/app`)).rejects.toThrow(
      "got an HTML page (bytes 3c 21 …) instead of 300000 bytes",
    );
    await expect(loadWeights(bytes, 8)).rejects.toThrow("got 300000 bytes, expected 8");
    const absent = pathToFileURL(join(folder, "absent.bin")).href;
    await expect(load(absent)).rejects.toThrow("absent.bin");
  });

  it("stops when it is told to", async () => {
    const aborted = AbortSignal.abort(new Error("enough"));
    await expect(loadWeights(bytes, bytes.length, { signal: aborted })).rejects.toThrow("enough");
    const controller = new AbortController();
    const loading = loadWeights(`${origin}/slow`, bytes.length, {
      signal: controller.signal,
      onProgress: () => controller.abort(new Error("changed my mind")),
    });
    await expect(loading).rejects.toThrow("changed my mind");
  });
});

const partOf = (part: Uint8Array): Part => ({ bytes: part.length, hash: hashBytes(part) });

describe("constantMemory", () => {
  it("views aligned bytes in place and copies others", () => {
    const whole = new Uint8Array(new Float32Array([0, 1.5, -2]).buffer);
    const memory = constantMemory(whole.subarray(4), partOf(whole.subarray(4)));
    expect([...memory.f32]).toEqual([1.5, -2]);
    expect(memory.f32.buffer).toBe(whole.buffer);
    const shifted = new Uint8Array(9);
    shifted.set(whole.subarray(4), 1);
    expect([...constantMemory(shifted.subarray(1), partOf(whole.subarray(4))).f32]).toEqual([
      1.5, -2,
    ]);
    expect([...constantMemory(whole.slice().buffer, partOf(whole)).f32]).toEqual([0, 1.5, -2]);
    expect(() => constantMemory(whole, { bytes: 8, hash: "" })).toThrow("got 12 bytes, expected 8");
    const other = { bytes: 12, hash: "0123456789abcdef" };
    expect(() => constantMemory(whole, other)).toThrow(
      `weights: got 12 bytes of hash ${hashBytes(whole)}, expected 0123456789abcdef; are they from the same build`,
    );
    expect(constantMemory(whole, other, { verify: false }).f32.buffer).toBe(whole.buffer);
  });
});

describe("decodeBase64", () => {
  it.each([0, 1, 2, 3, 4, 255, 256])("reads %i bytes", (length) => {
    const part = Uint8Array.from({ length }, (_, i) => (i * 89 + length) & 255);
    expect(decodeBase64(Buffer.from(part).toString("base64"))).toEqual(part);
  });
});
