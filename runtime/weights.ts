/** Fetches weights from wherever they are: bytes, a file, an address, a response; in Node and in browsers alike. */
import { checkWeights } from "./memory.js";

/** Where weights can come from; addresses are resolved as `fetch` does, `file:` URLs are read from disk in Node. */
export type WeightsSource =
  | ArrayBuffer
  | Uint8Array
  | URL
  | string
  | Request
  | Response
  | Promise<ArrayBuffer | Uint8Array | URL | string | Request | Response>;

export interface Progress {
  /** Bytes that have arrived. */
  readonly loaded: number;
  /** Bytes of the whole. */
  readonly total: number;
}

export interface LoadOptions {
  /** Instead of the weights that belong to the module. */
  readonly weights?: WeightsSource | undefined;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * The bytes of a source. Throws an Error that says what is wrong and what was expected (status, length, a web
 * page in place of the file); the signal's reason where it aborts.
 */
export async function loadWeights(
  source: WeightsSource,
  expected: number,
  options: LoadOptions = {},
): Promise<Uint8Array> {
  const { onProgress, signal } = options;
  signal?.throwIfAborted();
  const bytes = await bytesOf(await source, expected, options);
  signal?.throwIfAborted();
  checkWeights(bytes, expected);
  onProgress?.({ loaded: expected, total: expected });
  return bytes;
}

async function bytesOf(
  source: Awaited<WeightsSource>,
  total: number,
  options: LoadOptions,
): Promise<Uint8Array> {
  if (source instanceof Uint8Array) return source;
  if (source instanceof ArrayBuffer) return new Uint8Array(source);
  if (source instanceof Response) return readResponse(source, total, options);
  const address = source instanceof Request ? source.url : String(source);
  if (address.startsWith("file:")) {
    const read = fileReader();
    if (read !== undefined) return read(new URL(address), { signal: options.signal });
  }
  const init = options.signal === undefined ? {} : { signal: options.signal };
  return readResponse(await fetch(source, init), total, options);
}

type ReadFile = (path: URL, options: { signal?: AbortSignal | undefined }) => Promise<Uint8Array>;

/** Node's file system, looked up at run time, so that bundles for browsers have nothing to resolve. */
function fileReader(): ReadFile | undefined {
  const host = globalThis as {
    process?: { getBuiltinModule?: (name: string) => { readFile: ReadFile } | undefined };
  };
  return host.process?.getBuiltinModule?.("node:fs/promises")?.readFile;
}

async function readResponse(
  response: Response,
  total: number,
  { onProgress, signal }: LoadOptions,
): Promise<Uint8Array> {
  const place = response.url === "" ? "weights" : `weights at ${response.url}`;
  if (!response.ok) throw new Error(`${place}: HTTP status ${response.status}`);
  if (onProgress === undefined || response.body === null)
    return new Uint8Array(await response.arrayBuffer());
  const reader = response.body.getReader();
  const parts: Uint8Array[] = [];
  let loaded = 0;
  for (;;) {
    signal?.throwIfAborted();
    const { done, value } = await reader.read();
    if (done) return join(parts, loaded);
    parts.push(value);
    loaded += value.length;
    if (loaded < total) onProgress({ loaded, total });
  }
}

function join(parts: readonly Uint8Array[], length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
