/** The files that belong to a module: whether bytes are the ones that it was built with. */
import { hashBytes } from "./hash.js";

/** A file as it was built. */
export interface Part {
  readonly bytes: number;
  /** As of `hashBytes`. */
  readonly hash: string;
}

export interface VerifyOptions {
  /**
   * Whether weights and WebAssembly from outside the module are checked: that they are, bit for bit, what the module
   * was built with. True by default; false for those who have checked them already.
   */
  readonly verify?: boolean | undefined;
}

/** Throws where bytes are not the weights of this build: by their length always, by their hash unless told not to. */
export function checkWeights(bytes: Uint8Array, part: Part, { verify }: VerifyOptions = {}): void {
  checkLength(bytes, part.bytes);
  if (verify !== false) checkHash(bytes, hashBytes(bytes), part);
}

/** Throws where there are fewer or more bytes of weights than expected; `length` where not all of them are at hand. */
export function checkLength(
  bytes: Uint8Array,
  expected: number,
  length: number = bytes.length,
): void {
  if (length === expected) return;
  checkPage(bytes, expected);
  const got = length === Infinity ? `more than ${expected}` : length;
  throw new Error(
    `weights: got ${got} bytes, expected ${expected}; are they from the same build as the module?`,
  );
}

/** Throws where the hash of weights is another. */
export function checkHash(bytes: Uint8Array, hash: string, part: Part): void {
  if (hash === part.hash) return;
  checkPage(bytes, part.bytes);
  throw new Error(
    `weights: got ${part.bytes} bytes of hash ${hash}, expected ${part.hash}; are they from the same build as the module, and undamaged?`,
  );
}

function checkPage(bytes: Uint8Array, expected: number): void {
  if (isPage(bytes))
    throw new Error(
      `weights: got an HTML page (bytes 3c 21 …) instead of ${expected} bytes; is the file served at this address?`,
    );
}

/** Whether bytes begin as a web page does: what servers send for files they do not have. */
export function isPage(bytes: Uint8Array): boolean {
  const start = String.fromCharCode(...bytes.subarray(0, 64))
    .trimStart()
    .toLowerCase();
  return start.startsWith("<!doctype") || start.startsWith("<html");
}
