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
  const given = await source;
  if (!isBytes(given)) return loadInto(given, new Uint8Array(expected), options);
  const bytes = given instanceof Uint8Array ? given : new Uint8Array(given);
  options.signal?.throwIfAborted();
  checkWeights(bytes, expected);
  options.onProgress?.({ loaded: expected, total: expected });
  return bytes;
}

/** Fills `target` with the bytes of a source as they arrive. Throws as `loadWeights` does. */
export async function loadInto(
  source: WeightsSource,
  target: Uint8Array,
  options: LoadOptions = {},
): Promise<Uint8Array> {
  const { signal, onProgress } = options;
  signal?.throwIfAborted();
  const given = await source;
  if (isBytes(given)) target.set(await loadWeights(given, target.length, { signal }));
  else await readInto(target, given, options);
  signal?.throwIfAborted();
  onProgress?.({ loaded: target.length, total: target.length });
  return target;
}

function isBytes(source: Awaited<WeightsSource>): source is ArrayBuffer | Uint8Array {
  return source instanceof Uint8Array || source instanceof ArrayBuffer;
}

async function readInto(
  target: Uint8Array,
  source: Exclude<Awaited<WeightsSource>, ArrayBuffer | Uint8Array>,
  options: LoadOptions,
): Promise<void> {
  const file = fileOf(source);
  if (file !== undefined) return readFileInto(target, file, options);
  const response = source instanceof Response ? source : await request(source, options);
  return readResponse(response, target, options);
}

/** A response, or the bytes of a file. */
export async function openSource(
  source: URL | string | Request | Response,
  options: LoadOptions,
): Promise<Response | Uint8Array> {
  if (source instanceof Response) return source;
  const file = fileOf(source);
  if (file === undefined) return request(source, options);
  return file.readFile(file.url, { signal: options.signal });
}

function request(source: URL | string | Request, { signal }: LoadOptions): Promise<Response> {
  return fetch(source, signal === undefined ? {} : { signal });
}

/** What is used of Node's file system. */
interface Files {
  readFile(path: URL, options: { signal?: AbortSignal | undefined }): Promise<Uint8Array>;
  open(path: URL): Promise<{
    stat(): Promise<{ readonly size: number }>;
    read(
      ...into: [to: Uint8Array, offset: number, length: number, position: number]
    ): Promise<{ readonly bytesRead: number }>;
    close(): Promise<void>;
  }>;
}

type File = Files & { readonly url: URL };

/** A file that can be read here. Node is looked up at run time, so that bundles for browsers have nothing to resolve. */
function fileOf(source: URL | string | Request | Response): File | undefined {
  if (source instanceof Response) return undefined;
  const address = source instanceof Request ? source.url : String(source);
  if (!address.startsWith("file:")) return undefined;
  const host = globalThis as {
    process?: { getBuiltinModule?: (name: string) => Files | undefined };
  };
  const files = host.process?.getBuiltinModule?.("node:fs/promises");
  return files && { readFile: files.readFile, open: files.open, url: new URL(address) };
}

/** Straight to where they belong: memory that is touched for the first time is most of the time that reading takes. */
async function readFileInto(
  target: Uint8Array,
  { open, url }: File,
  { signal }: LoadOptions,
): Promise<void> {
  const file = await open(url);
  try {
    const { size } = await file.stat();
    let loaded = 0;
    for (let count = 1; count > 0 && loaded < target.length; loaded += count) {
      signal?.throwIfAborted();
      count = (await file.read(target, loaded, target.length - loaded, loaded)).bytesRead;
    }
    checkWeights(target, target.length, loaded < target.length ? loaded : size);
  } finally {
    await file.close();
  }
}

/** Throws where a response is not a success, naming its address. */
export function checkStatus(response: Response, what: string): void {
  const place = response.url === "" ? what : `${what} at ${response.url}`;
  if (!response.ok) throw new Error(`${place}: HTTP status ${response.status}`);
}

async function readResponse(
  response: Response,
  target: Uint8Array,
  { onProgress, signal }: LoadOptions,
): Promise<void> {
  checkStatus(response, "weights");
  let loaded = 0;
  const take = (part: Uint8Array): void => {
    if (loaded < target.length) target.set(part.subarray(0, target.length - loaded), loaded);
    loaded += part.length;
    if (loaded < target.length) onProgress?.({ loaded, total: target.length });
  };
  if (response.body === null) take(new Uint8Array(await response.arrayBuffer()));
  else {
    const reader = response.body.getReader();
    for (let next = await reader.read(); !next.done; next = await reader.read()) {
      take(next.value);
      signal?.throwIfAborted();
    }
  }
  checkWeights(target, target.length, loaded);
}
