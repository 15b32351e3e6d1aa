/** Modules arrive from bytes, files, addresses and responses, compiled or not, or fail naming where they were looked for. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import {
  compileWasm,
  createMemory,
  hashBytes,
  hasRelaxedSimd,
  loadInto,
  loadModel,
  loadWasm,
  startWasm,
  type CodePart,
  type Progress,
  type WasmLoadOptions,
  type WasmSource,
} from "../../runtime/index.js";
import { startServer, type TestServer } from "../support/server.js";
import { identified } from "../../compiler/targets/wasm/hash.js";
import { assemble } from "../support/simd.js";

/** Writes 42 to the start of its memory. */
const { bytes, id } = identified(
  assemble(`(module
  (import "env" "memory" (memory 1 1))
  (func (export "run") (i32.store (i32.const 0) (i32.const 42))))`),
);
const code: readonly CodePart[] = [{ bytes: bytes.length, hash: hashBytes(bytes), id }];
const page = "<!DOCTYPE html><html><body>Not found</body></html>";

let folder: string;
let server: TestServer;
let origin: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "wasm"));
  writeFileSync(join(folder, "m.wasm"), bytes);
  writeFileSync(join(folder, "page.wasm"), page);
  server = await startServer(({ url }, response) => {
    if (url === "/m.wasm") response.setHeader("content-type", "application/wasm").end(bytes);
    else if (url === "/untyped") response.end(bytes);
    else if (url === "/missing") response.writeHead(404).end(page);
    else if (url === "/text") response.end("no module");
    else response.end(page);
  });
  ({ origin } = server);
});

afterAll(() => {
  server.close();
  rmSync(folder, { recursive: true });
});

function runs(module: WebAssembly.Module): void {
  const memory = createMemory(1);
  startWasm(module, memory)();
  expect(new Int32Array(memory.buffer)[0]).toBe(42);
}

describe("loadWasm", () => {
  it.each([
    ["Uint8Array", (): WasmSource => bytes],
    ["ArrayBuffer", (): WasmSource => bytes.slice().buffer],
    ["WebAssembly.Module", (): WasmSource => new WebAssembly.Module(bytes)],
    ["promise of one", (): WasmSource => Promise.resolve(new WebAssembly.Module(bytes))],
    ["file URL", (): WasmSource => pathToFileURL(join(folder, "m.wasm"))],
    ["address", (): WasmSource => `${origin}/m.wasm`],
    ["address without a type", (): WasmSource => `${origin}/untyped`],
    ["URL", (): WasmSource => new URL("/m.wasm", origin)],
    ["Request", (): WasmSource => new Request(`${origin}/m.wasm`)],
    ["Response", (): WasmSource => new Response(bytes)],
    ["promise of a Response", (): WasmSource => fetch(`${origin}/m.wasm`)],
  ])("from %s", async (_, source) => runs(await loadWasm(source(), code)));

  it("says what is wrong, and where", async () => {
    await expect(loadWasm(`${origin}/missing`, code)).rejects.toThrow("/missing: HTTP status 404");
    await expect(loadWasm(`${origin}/app`, code)).rejects.toThrow(
      `wasm at ${origin}/app: got an HTML page`,
    );
    await expect(loadWasm(`${origin}/text`, code)).rejects.toThrow(
      "/text: got 9 bytes that are no module",
    );
    const file = pathToFileURL(join(folder, "page.wasm"));
    await expect(loadWasm(file, code)).rejects.toThrow("page.wasm: got an HTML page");
    const absent = pathToFileURL(join(folder, "absent.wasm"));
    await expect(loadWasm(absent, code)).rejects.toThrow("absent.wasm");
    await expect(loadWasm(new Uint8Array(3), code)).rejects.toThrow(
      "got 3 bytes that are no module",
    );
  });

  it("stops when it is told to", async () => {
    const signal = AbortSignal.abort(new Error("enough"));
    await expect(loadWasm(`${origin}/m.wasm`, code, { signal })).rejects.toThrow("enough");
  });
});

describe("code of another build", () => {
  const changed = bytes.slice();
  changed[changed.length - 1]! ^= 1;
  const foreign = assemble(`(module (func (export "run")))`);
  const other = { bytes: 8, hash: "0123456789abcdef", id: "" };

  it.each([
    ["with another bit", changed],
    ["of another module", foreign],
    ["of another module, compiled", new WebAssembly.Module(foreign)],
    ["with another bit, compiled", new WebAssembly.Module(changed)],
  ] as const)("%s is refused, unless told not to look", async (_, wasm) => {
    const text = /is it from the same build/;
    expect(() => compileWasm(wasm, code)).toThrow(text);
    await expect(loadWasm(wasm, code)).rejects.toThrow(text);
    expect(compileWasm(wasm, code, { verify: false })).toBeInstanceOf(WebAssembly.Module);
    const loaded = loadWasm(wasm, code, { verify: false });
    expect(await loaded).toBeInstanceOf(WebAssembly.Module);
  });

  it("is told apart by numbers", () => {
    expect(() => compileWasm(bytes, [other, { ...other, bytes: 9 }])).toThrow(
      `wasm: got ${bytes.length} bytes of hash ${code[0]!.hash}, expected 8 of hash 0123456789abcdef or 9 of hash`,
    );
  });

  it("may be any of several", () => runs(compileWasm(bytes, [other, ...code])));
});

describe("compileWasm", () => {
  it("takes modules and bytes", () => {
    runs(compileWasm(new WebAssembly.Module(bytes), code));
    runs(compileWasm(bytes, code));
    runs(compileWasm(bytes.slice().buffer, code));
    expect(() => compileWasm(new TextEncoder().encode(page), code)).toThrow(
      "wasm: got an HTML page",
    );
  });
});

it("the probe is valid exactly where relaxed SIMD is", () => {
  const relaxed = assemble(`(module (func (local v128)
    (drop (f32x4.relaxed_madd (local.get 0) (local.get 0) (local.get 0)))))`);
  expect(hasRelaxedSimd()).toBe(WebAssembly.validate(relaxed));
});

it("a memory never grows", () => {
  const memory = createMemory(2) as WebAssembly.Memory;
  expect(memory.buffer.byteLength).toBe(2 * 65536);
  expect(() => memory.grow(1)).toThrow();
});

describe("loadInto", () => {
  const weights = Uint8Array.from({ length: 1000 }, (_, i) => i & 255);

  it.each([
    ["bytes", (): Uint8Array => weights],
    ["a Response", (): Response => new Response(weights)],
    ["a Response in pieces", (): Response => new Response(pieces(weights, 7))],
  ])("fills its target from %s", async (_, source) => {
    const memory = new Uint8Array(1016).fill(9);
    const target = memory.subarray(8, 1008);
    expect(await loadInto(source(), target)).toBe(target);
    expect([...memory]).toEqual([...Array(8).fill(9), ...weights, ...Array(8).fill(9)]);
  });

  it("refuses less and more, and writes nothing beyond its target", async () => {
    const memory = new Uint8Array(1000);
    const load = (length: number): Promise<unknown> =>
      loadInto(new Response(pieces(weights, 64)), memory.subarray(0, length));
    await expect(loadInto(new Response(weights.slice(1)), memory)).rejects.toThrow(
      "got 999 bytes, expected 1000",
    );
    memory.fill(0);
    await expect(load(500)).rejects.toThrow("got more than 500 bytes, expected 500");
    expect(memory.subarray(500).every((byte) => byte === 0)).toBe(true);
  });
});

describe("loadModel", () => {
  /** Writes down what it is called with: how far kernels at load may go, and 10 plus the stage of what is to be compiled. */
  const noting = assemble(`(module
    (import "env" "memory" (memory 1 1))
    (global $call (mut i32) (i32.const 0))
    (func $note (param $what i32)
      (i32.store (i32.mul (i32.const 4) (global.get $call)) (local.get $what))
      (global.set $call (i32.add (global.get $call) (i32.const 1))))
    (func (export "load") (param $end i32) (call $note (local.get $end)))
    (func (export "warm") (param $stage i32) (call $note (i32.add (i32.const 10) (local.get $stage))))
    (func (export "run")))`);
  const start = 1024;

  it("has code compiled in stages: for what is next", async () => {
    const given = new Uint8Array(256);
    const part = { start, bytes: given.length, hash: "" };
    const callsOf = async (options: WasmLoadOptions): Promise<readonly number[]> => {
      const memory = createMemory(1);
      const code = Promise.resolve(new WebAssembly.Module(noting));
      await loadModel(code, memory, new Response(given), part, false, options);
      return [...new Int32Array(memory.buffer, 0, 6)];
    };
    expect(await callsOf({})).toEqual([10, start, 11, -1, 12, 0]);
    expect(await callsOf({ warm: false })).toEqual([start, -1, 0, 0, 0, 0]);
  });

  it("uses what has arrived before the code as soon as the code is there", async () => {
    const weights = new Uint8Array(256);
    const memory = createMemory(1);
    let more: ReadableStreamDefaultController<Uint8Array> | undefined;
    const source = new Response(new ReadableStream({ start: (given) => void (more = given) }));
    let compiled: ((module: WebAssembly.Module) => void) | undefined;
    const code = new Promise<WebAssembly.Module>((resolve) => (compiled = resolve));
    const loaded: number[] = [];
    const onProgress = (progress: Progress): void => void loaded.push(progress.loaded);
    const options = { onProgress, warm: false };
    const part = { start, bytes: weights.length, hash: "" };
    const loading = loadModel(code, memory, source, part, false, options);
    more!.enqueue(weights.slice(0, 128));
    await vi.waitFor(() => expect(loaded).toEqual([128]));
    compiled!(new WebAssembly.Module(noting));
    const calls = new Int32Array(memory.buffer, 0, 3);
    await vi.waitFor(() => expect(calls[0]).toBe(start + 128));
    more!.enqueue(weights.slice(128));
    more!.close();
    await loading;
    expect([...calls]).toEqual([start + 128, -1, 0]);
  });
});

function pieces(whole: Uint8Array, size: number): ReadableStream<Uint8Array> {
  let at = 0;
  return new ReadableStream({
    pull(controller) {
      if (at >= whole.length) return controller.close();
      controller.enqueue(whole.slice(at, at + size));
      at += size;
    },
  });
}
