/** Starts WebAssembly modules: which variant the engine can run, where its bytes come from, and the memory it works in. */
import { isPage } from "./memory.js";
import { checkStatus, openSource, type LoadOptions } from "./weights.js";

/** A module, compiled or as bytes. */
export type WasmModule = WebAssembly.Module | ArrayBuffer | Uint8Array;

/** Where a module can come from; addresses are resolved as `fetch` does. */
export type WasmSource =
  | WasmModule
  | URL
  | string
  | Request
  | Response
  | Promise<WasmModule | URL | string | Request | Response>;

export interface WasmLoadOptions extends LoadOptions {
  /** Instead of the code that belongs to the module, of the same build. */
  readonly wasm?: WasmSource | undefined;
}

/** A function that is valid where relaxed SIMD exists: f32x4.relaxed_madd of three zero vectors. */
const RELAXED_PROBE = new Uint8Array([
  0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 10, 16, 1, 14, 1, 1, 123, 32, 0, 32,
  0, 32, 0, 253, 133, 2, 26, 11,
]);

/** Whether this engine has fused multiply-add and its kin. */
export function hasRelaxedSimd(): boolean {
  return WebAssembly.validate(RELAXED_PROBE);
}

/** A memory of so many pages of 64 KiB, zeroed, that never grows. */
export function createMemory(pages: number): WebAssembly.Memory {
  return new WebAssembly.Memory({ initial: pages, maximum: pages });
}

/** Compiles bytes at once; a module passes through. Throws where bytes are no module. */
export function compileWasm(wasm: WasmModule): WebAssembly.Module {
  if (wasm instanceof WebAssembly.Module) return wasm;
  return new WebAssembly.Module(checkModule(bytesOf(wasm), "wasm"));
}

/**
 * The module of a source, compiled while it arrives where the server says what it is. Throws an Error that
 * names the address where there is none, or a web page in its place.
 */
export async function loadWasm(
  source: WasmSource,
  options: LoadOptions = {},
): Promise<WebAssembly.Module> {
  const { signal } = options;
  signal?.throwIfAborted();
  const given = await source;
  if (given instanceof WebAssembly.Module) return given;
  const found =
    given instanceof Uint8Array || given instanceof ArrayBuffer
      ? bytesOf(given)
      : await openSource(given, options);
  if (!(found instanceof Response)) return WebAssembly.compile(checkModule(found, nameOf(given)));
  checkStatus(found, "wasm");
  if (found.headers.get("content-type") === "application/wasm")
    return WebAssembly.compileStreaming(found);
  const bytes = new Uint8Array(await found.arrayBuffer());
  signal?.throwIfAborted();
  return WebAssembly.compile(checkModule(bytes, nameOf(found)));
}

/** The `run` of a module that works in the memory. */
export function startWasm(module: WebAssembly.Module, memory: WebAssembly.Memory): () => void {
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  return exports["run"] as () => void;
}

function bytesOf(bytes: ArrayBuffer | Uint8Array): Uint8Array<ArrayBuffer> {
  return (bytes instanceof Uint8Array ? bytes : new Uint8Array(bytes)) as Uint8Array<ArrayBuffer>;
}

function nameOf(source: Awaited<WasmSource>): string {
  const address =
    source instanceof Response || source instanceof Request
      ? source.url
      : source instanceof URL || typeof source === "string"
        ? String(source)
        : "";
  return address === "" ? "wasm" : `wasm at ${address}`;
}

/** Four bytes open every module. */
function checkModule(bytes: Uint8Array, name: string): Uint8Array<ArrayBuffer> {
  if (bytes[0] === 0 && bytes[1] === 97 && bytes[2] === 115 && bytes[3] === 109)
    return bytes as Uint8Array<ArrayBuffer>;
  const got = isPage(bytes) ? "an HTML page" : `${bytes.length} bytes that are no module`;
  throw new Error(`${name}: got ${got}; is the file served at this address?`);
}
