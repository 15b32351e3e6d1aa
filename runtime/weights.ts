/** Fetches weights from wherever they are: bytes, a file, an address, a response. */
import { reserve } from "./advice.js";
import { bytesOf, isBytes } from "./bytes.js";
import { checkLength, type VerifyOptions } from "./part.js";
import { readInto, type Source } from "./source.js";
import type { AbortSignalLike } from "./web.js";

/** Where weights can come from; addresses are resolved as `fetch` does, `file:` URLs are read from disk in Node. */
export type WeightsSource =
  ArrayBuffer | Uint8Array | Source | Promise<ArrayBuffer | Uint8Array | Source>;

export interface Progress {
  /** Bytes that have arrived. */
  readonly loaded: number;
  /** Bytes of the whole. */
  readonly total: number;
}

export interface LoadOptions extends VerifyOptions {
  /** Instead of the weights that belong to the module. */
  readonly weights?: WeightsSource | undefined;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
  readonly signal?: AbortSignalLike | undefined;
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
  if (!isBytes(given)) {
    const target = reserve(expected, () => new Uint8Array(expected));
    return loadInto(given, target, options);
  }
  const bytes = bytesOf("weights", given);
  options.signal?.throwIfAborted();
  checkLength(bytes, expected);
  options.onProgress?.({ loaded: expected, total: expected });
  return bytes;
}

/**
 * Fills `target` with the bytes of a source as they arrive, `onBytes` being told how many there are while some are
 * missing. Throws as `loadWeights` does.
 */
export async function loadInto(
  source: WeightsSource,
  target: Uint8Array,
  { signal, onProgress }: LoadOptions = {},
  onBytes?: (loaded: number) => void,
): Promise<Uint8Array> {
  signal?.throwIfAborted();
  const given = await source;
  const total = target.length;
  if (isBytes(given)) target.set(await loadWeights(given, total, { signal }));
  else {
    const tell = (loaded: number): void => {
      onBytes?.(loaded);
      onProgress?.({ loaded, total });
    };
    const length = await readInto(target, given, "weights", { signal, onBytes: tell });
    checkLength(target, total, length);
  }
  signal?.throwIfAborted();
  onProgress?.({ loaded: total, total });
  return target;
}
