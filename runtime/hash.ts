/**
 * The hash that binds a module to its weights and its WebAssembly: against accidents, not against attackers. Sixteen
 * registers take a word of each block, and a xorshift turns them on; docs/architecture.md says what that sees.
 * Nothing is multiplied in the loop: engines interpret it at first, and each product would be a call.
 */

/** Bytes of a block: a word for each register. */
export const HASH_BLOCK = 64;

/** What registers begin as, and what mixes them in the end: odd, of no pattern. */
export const HASH_FACTORS = [0x9e3779b1, 0x85ebca77, 0xc2b2ae3d, 0x27d4eb2f] as const;

const LANES = 16;
/** Words that stay in the first-level cache while four registers after four go through them. */
const CHUNK = 2048;

/** 16 hexadecimal digits. */
export function hashBytes(bytes: Uint8Array): string {
  const { buffer, byteOffset, length } = bytes.byteOffset % 4 === 0 ? bytes : bytes.slice();
  const whole = length - (length % HASH_BLOCK);
  const lanes = Int32Array.from({ length: LANES }, (_, i) => Math.imul(i + 1, HASH_FACTORS[0]));
  const words = new Int32Array(buffer, byteOffset, whole / 4);
  for (let at = 0; at < words.length; at += CHUNK)
    takeWords(lanes, words, at, Math.min(at + CHUNK, words.length));
  if (whole < length) {
    const rest = new Uint8Array(HASH_BLOCK);
    rest.set(bytes.subarray(whole));
    takeWords(lanes, new Int32Array(rest.buffer), 0, LANES);
  }
  return mixLanes(lanes, length);
}

/** Four registers at a time: more would not stay in those of the machine. */
function takeWords(lanes: Int32Array, words: Int32Array, from: number, to: number): void {
  for (let lane = 0; lane < LANES; lane += 4) {
    let a = lanes[lane]!;
    let b = lanes[lane + 1]!;
    let c = lanes[lane + 2]!;
    let d = lanes[lane + 3]!;
    for (let at = from + lane; at < to; at += LANES) {
      a ^= words[at]!;
      a ^= a << 7;
      a ^= a >>> 9;
      a ^= a << 5;
      b ^= words[at + 1]!;
      b ^= b << 7;
      b ^= b >>> 9;
      b ^= b << 5;
      c ^= words[at + 2]!;
      c ^= c << 7;
      c ^= c >>> 9;
      c ^= c << 5;
      d ^= words[at + 3]!;
      d ^= d << 7;
      d ^= d >>> 9;
      d ^= d << 5;
    }
    lanes[lane] = a;
    lanes[lane + 1] = b;
    lanes[lane + 2] = c;
    lanes[lane + 3] = d;
  }
}

function mixLanes(lanes: Int32Array, length: number): string {
  const [, first, second, third] = HASH_FACTORS;
  let high = length | 0;
  let low = ~length;
  for (let i = 0; i < LANES; i++) {
    high = Math.imul(turn(high ^ lanes[i]!, 13), first);
    low = Math.imul(turn(low ^ lanes[i]!, 17), second);
  }
  return [high, low]
    .map((half) => Math.imul(half ^ (half >>> 15), third))
    .map((half) => ((half ^ (half >>> 13)) >>> 0).toString(16).padStart(8, "0"))
    .join("");
}

function turn(x: number, by: number): number {
  return (x << by) | (x >>> (32 - by));
}
