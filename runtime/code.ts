/** The WebAssembly that belongs to a module: whether bytes are it. */
import { hashBytes } from "./hash.js";
import { isPage, type Part, type VerifyOptions } from "./part.js";

/** WebAssembly as it was built. */
export interface CodePart extends Part {
  /** The hash of what it was before it was given this: a compiled module still says it. */
  readonly id: string;
}

/**
 * The bytes. Throws where they are none of these: four bytes open every module, and all of them are hashed.
 * `length`: of the whole, where this is its beginning.
 */
export function checkCode(
  bytes: Uint8Array<ArrayBuffer>,
  name: string,
  code: readonly CodePart[],
  { verify }: VerifyOptions,
  length = bytes.length,
): Uint8Array<ArrayBuffer> {
  if (!(bytes[0] === 0 && bytes[1] === 97 && bytes[2] === 115 && bytes[3] === 109)) {
    const got = isPage(bytes) ? "an HTML page" : `${countOf(length, bytes)} that are no module`;
    throw new Error(`${name}: got ${got}; is the file served at this address?`);
  }
  const whole = length === bytes.length;
  if (whole && (verify === false || code.some((part) => isPart(bytes, part)))) return bytes;
  const expected = code.map((part) => `${part.bytes} of hash ${part.hash}`).join(" or ");
  const got = `${countOf(length, bytes)}${whole ? ` of hash ${hashBytes(bytes)}` : ""}`;
  throw new Error(
    `${name}: got ${got}, expected ${expected}; is it from the same build as the module, and undamaged?`,
  );
}

function isPart(bytes: Uint8Array, part: Part): boolean {
  return bytes.length === part.bytes && hashBytes(bytes) === part.hash;
}

function countOf(length: number, { length: most }: Uint8Array): string {
  return length === Infinity ? `more than ${most} bytes` : `${length} bytes`;
}
