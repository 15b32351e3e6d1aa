/** Reads bytes from wherever they are: a file, an address, a response; in Node and in browsers alike, and never more than are wanted. */
import { explained, otherWays } from "./advice.js";
import { short } from "./text.js";
import type {
  AbortSignalLike,
  BodyLike,
  ReaderLike,
  RequestLike,
  ResponseLike,
  UrlLike,
} from "./web.js";

/** Addresses are resolved as `fetch` does, `file:` URLs are read from disk in Node. */
export type Source = UrlLike | string | RequestLike | ResponseLike;

declare function fetch(
  source: UrlLike | string | RequestLike,
  options: { readonly signal?: AbortSignalLike },
): Promise<ResponseLike>;

export interface ReadOptions {
  /** Called with the number of bytes that have arrived, while there are fewer than fit. */
  readonly onBytes?: ((loaded: number) => void) | undefined;
  readonly signal?: AbortSignalLike | undefined;
}

/**
 * Fills `target` with the bytes of a source as they arrive, and returns how many there are. Where they do not fit,
 * the rest is not waited for: only the first of them are there, to tell what they are, and Infinity is returned
 * where nobody said how many there would be. Throws an Error on a status that is no success, on what is no file.
 */
export async function readInto(
  target: Uint8Array,
  source: Source,
  what: string,
  options: ReadOptions = {},
): Promise<number> {
  const file = fileOf(source);
  if (file !== undefined) return readFileInto(target, file, what, options);
  const { signal } = options;
  const response = isResponse(source) ? source : await fetchFrom(source, what, signal);
  if (response.ok) return readResponse(target, response, options);
  dropBody(response.body);
  throw new Error(`${placeOf(what, response)}: HTTP status ${response.status}`);
}

async function fetchFrom(
  source: UrlLike | string | RequestLike,
  what: string,
  signal: AbortSignalLike | undefined,
): Promise<ResponseLike> {
  try {
    return await fetch(source, signal === undefined ? {} : { signal });
  } catch (error) {
    signal?.throwIfAborted();
    throw explained(`${placeOf(what, source)}: cannot be fetched; ${otherWays(what)}`, error);
  }
}

/** `wasm at https://…`, or `wasm` of what has no address. */
export function placeOf(what: string, source: unknown): string {
  const address = addressOf(source);
  return address === "" ? what : `${what} at ${short(address, 300)}`;
}

/** By what it has, since there are classes of every realm, and in tests classes of simulated browsers. */
function isResponse(source: Source): source is ResponseLike {
  return typeof source === "object" && "ok" in source;
}

/** Of whatever may have one; empty where it has none. */
function addressOf(source: unknown): string {
  if (typeof source === "string") return source;
  const { href, url } = Object(source) as { readonly href?: unknown; readonly url?: unknown };
  return String(href ?? url ?? "");
}

/** What is used of Node's file system. */
interface Files {
  stat(path: UrlLike): Promise<{ isFile(): boolean; readonly size: number }>;
  open(path: UrlLike): Promise<{
    read(
      ...into: [to: Uint8Array, offset: number, length: number, position: number]
    ): Promise<{ readonly bytesRead: number }>;
    close(): Promise<void>;
  }>;
}

type File = Pick<Files, "stat" | "open"> & { readonly url: UrlLike };

/** A file that can be read here. Node is looked up at run time, so that bundles for browsers have nothing to resolve. */
function fileOf(source: Source): File | undefined {
  if (isResponse(source)) return undefined;
  const address = addressOf(source);
  if (!address.startsWith("file:")) return undefined;
  const host = globalThis as unknown as {
    readonly process?: { getBuiltinModule?: (name: string) => Files | undefined };
    readonly URL: new (address: string) => UrlLike;
  };
  const files = host.process?.getBuiltinModule?.("node:fs/promises");
  return files && { stat: files.stat, open: files.open, url: new host.URL(address) };
}

/** Enough to know a web page by. */
const OPENING = 64;
/** Read at once at first. */
const PIECE = 2 ** 20;

/**
 * Straight to where they belong: memory that is touched for the first time is most of the time that reading takes.
 * Whoever opens a pipe waits for somebody to write to it, so that is asked before.
 */
async function readFileInto(
  target: Uint8Array,
  { stat, open, url }: File,
  what: string,
  { onBytes, signal }: ReadOptions,
): Promise<number> {
  const refuse = (error: unknown): never => {
    throw explained(`${placeOf(what, url)}: cannot be read; ${otherWays(what)}`, error);
  };
  const found = await stat(url).catch(refuse);
  if (!found.isFile()) throw new Error(`${placeOf(what, url)}: this is no file`);
  const wanted = found.size > target.length ? Math.min(OPENING, target.length) : found.size;
  const file = await open(url).catch(refuse);
  try {
    // Twice as much as has come, since work on that may take longer.
    const pieceAt = (from: number) => Math.min(Math.max(PIECE, 2 * from), wanted - from);
    const read = (from: number) =>
      file
        .read(target, from, pieceAt(from), from)
        .catch((error: unknown) => ({ bytesRead: 0, error }));
    let loaded = 0;
    let next = read(loaded);
    while (loaded < wanted) {
      signal?.throwIfAborted();
      const { bytesRead, ...failed } = await next;
      if ("error" in failed) throw failed.error;
      if (bytesRead === 0) break;
      loaded += bytesRead;
      if (loaded === wanted) break;
      next = read(loaded);
      onBytes?.(loaded);
    }
    return loaded < wanted ? loaded : found.size;
  } finally {
    await file.close();
  }
}

async function readResponse(
  target: Uint8Array,
  response: ResponseLike,
  { onBytes, signal }: ReadOptions,
): Promise<number> {
  const promised = lengthOf(response);
  const tooLong = promised !== undefined && promised > target.length;
  let loaded = 0;
  const take = (part: Uint8Array): void => {
    if (loaded < target.length) target.set(part.subarray(0, target.length - loaded), loaded);
    loaded += part.length;
    if (loaded < target.length) onBytes?.(loaded);
  };
  if (!response.body) {
    take(new Uint8Array(await response.arrayBuffer()));
    return loaded;
  }
  const reader = response.body.getReader();
  const stop = (): void => dropBody(reader);
  signal?.addEventListener("abort", stop);
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) {
      take(next.value);
      signal?.throwIfAborted();
      if (tooLong) return promised;
      if (loaded > target.length) return Infinity;
    }
    signal?.throwIfAborted();
    return loaded;
  } finally {
    signal?.removeEventListener("abort", stop);
    stop();
  }
}

/**
 * How many bytes a server says there are. What is compressed on its way is counted as it travels, which a response
 * from another origin does not tell.
 */
function lengthOf({ headers, type }: ResponseLike): number | undefined {
  const length = headers.get("content-length");
  if (length === null || type === "cors" || headers.has("content-encoding")) return undefined;
  return Number(length);
}

/** Ends the transfer; nobody waits for that. */
function dropBody(body: BodyLike | ReaderLike | null): void {
  body?.cancel().catch(() => undefined);
}
