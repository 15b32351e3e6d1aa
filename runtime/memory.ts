/** The memory of a model: one arena that every run uses again, and the constants. */
import { reserve } from "./advice.js";
import { bytesOf } from "./bytes.js";
import { checkWeights, type Part, type VerifyOptions } from "./part.js";

/** Two views of the same bytes. */
export interface Memory {
  readonly f32: Float32Array;
  readonly i32: Int32Array;
}

/** An arena of so many bytes, zeroed. Throws an Error where there is no memory for it. */
export function allocate(bytes: number): Memory {
  const buffer = reserve(bytes, () => new ArrayBuffer(bytes));
  return viewsOf(buffer, 0, bytes);
}

/**
 * Views of weights as they lie in the weights file (little-endian), without a copy where they are aligned.
 * Throws where they are not the weights of this build.
 */
export function constantMemory(
  weights: ArrayBuffer | Uint8Array,
  part: Part,
  options?: VerifyOptions,
): Memory {
  const bytes = bytesOf("weights", weights);
  checkWeights(bytes, part, options);
  const aligned = bytes.byteOffset % 4 === 0 ? bytes : bytes.slice();
  return viewsOf(aligned.buffer, aligned.byteOffset, part.bytes);
}

/** Views of a part of a buffer; both numbers are multiples of 4. */
export function viewsOf(buffer: ArrayBufferLike, offset: number, bytes: number): Memory {
  return {
    f32: new Float32Array(buffer, offset, bytes / 4),
    i32: new Int32Array(buffer, offset, bytes / 4),
  };
}

/** Decodes standard base64 in one pass, in every engine alike. */
export function decodeBase64(text: string): Uint8Array<ArrayBuffer> {
  const padding = text.endsWith("==") ? 2 : text.endsWith("=") ? 1 : 0;
  const bytes = new Uint8Array((text.length / 4) * 3 - padding);
  for (let i = 0, at = 0; i < text.length; i += 4) {
    const group =
      (sextet(text.charCodeAt(i)) << 18) |
      (sextet(text.charCodeAt(i + 1)) << 12) |
      (sextet(text.charCodeAt(i + 2)) << 6) |
      sextet(text.charCodeAt(i + 3));
    bytes[at++] = group >> 16;
    bytes[at++] = group >> 8;
    bytes[at++] = group;
  }
  return bytes;
}

/** A–Z a–z 0–9 + / => 0 … 63; the padding counts as 0. */
function sextet(code: number): number {
  if (code >= 97) return code - 71;
  if (code >= 65) return code - 65;
  if (code === 61) return 0;
  return code >= 48 ? code + 4 : code === 43 ? 62 : 63;
}
