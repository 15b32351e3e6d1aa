/** The hash of `runtime/hash.ts` in WebAssembly, over the weights in a module's own memory, and the section that says what code is. */
import { HASH_BLOCK, HASH_FACTORS, hashBytes } from "../../../runtime/hash.js";

const LANES = HASH_BLOCK / 4;
const [SEED, FIRST, SECOND, THIRD] = HASH_FACTORS;

/** Vectors of four registers each, together all sixteen. */
const VECTORS = ["v0", "v1", "v2", "v3"] as const;

/** Bytes of one call: an engine has better code for a function from its next call on, not within one. */
const CALL = 65536;

const perVector = (text: (vector: string, i: number) => string): string =>
  VECTORS.map(text).join("\n");

const indices = (i: number): string =>
  Array.from({ length: 4 }, (_, lane) => String(Math.imul(4 * i + lane + 1, SEED))).join(" ");

/** x ^= word; x ^= x << 7; x ^= x >>> 9; x ^= x << 5 */
function takeWords(v: string, offset: number): string {
  return [
    `(v128.load offset=${offset} (local.get $at))`,
    `(i32x4.shl (local.get $${v}) (i32.const 7))`,
    `(i32x4.shr_u (local.get $${v}) (i32.const 9))`,
    `(i32x4.shl (local.get $${v}) (i32.const 5))`,
  ]
    .map((value) => `(local.set $${v} (v128.xor (local.get $${v}) ${value}))`)
    .join("\n    ");
}

/** Registers live in globals between calls; both addresses are multiples of 64 apart. */
const BLOCKS = `(func $hash.blocks (param $at i32) (param $end i32)
  ${VECTORS.map((v) => `(local $${v} v128)`).join(" ")}
  ${perVector((v) => `(local.set $${v} (global.get $hash.${v}))`)}
  (loop $next
    ${perVector((v, i) => takeWords(v, 16 * i))}
    (local.set $at (i32.add (local.get $at) (i32.const ${HASH_BLOCK})))
    (br_if $next (i32.lt_u (local.get $at) (local.get $end))))
  ${perVector((v) => `(global.set $hash.${v} (local.get $${v}))`)})
`;

const MIX = `(func $hash.mix (param $lane i32)
  (global.set $hash.high (i32.mul
    (i32.rotl (i32.xor (global.get $hash.high) (local.get $lane)) (i32.const 13))
    (i32.const ${FIRST})))
  (global.set $hash.low (i32.mul
    (i32.rotl (i32.xor (global.get $hash.low) (local.get $lane)) (i32.const 17))
    (i32.const ${SECOND}))))
(func $hash.end (param $half i32) (result i64)
  (local.set $half (i32.mul
    (i32.xor (local.get $half) (i32.shr_u (local.get $half) (i32.const 15)))
    (i32.const ${THIRD})))
  (i64.extend_i32_u
    (i32.xor (local.get $half) (i32.shr_u (local.get $half) (i32.const 13)))))
`;

const TAKE = `(func (export "take") (param $at i32) (param $end i32)
  (block $done
    (loop $next
      (br_if $done (i32.ge_u (local.get $at) (local.get $end)))
      (call $hash.blocks (local.get $at)
        (select
          (i32.add (local.get $at) (i32.const ${CALL}))
          (local.get $end)
          (i32.lt_u (i32.const ${CALL}) (i32.sub (local.get $end) (local.get $at)))))
      (local.set $at (i32.add (local.get $at) (i32.const ${CALL})))
      ;; Not where the memory ends with its last address.
      (br_if $next (i32.ge_u (local.get $at) (i32.const ${CALL}))))))
`;

const HASH = `(func (export "hash") (param $bytes i32) (result i64)
  (global.set $hash.high (local.get $bytes))
  (global.set $hash.low (i32.xor (local.get $bytes) (i32.const -1)))
  ${Array.from({ length: LANES }, (_, lane) => `(call $hash.mix (i32x4.extract_lane ${lane % 4} (global.get $hash.${VECTORS[lane >> 2]!})))`).join("\n  ")}
  (i64.or
    (i64.shl (call $hash.end (global.get $hash.high)) (i64.const 32))
    (call $hash.end (global.get $hash.low))))
`;

/**
 * Exports `take(from, to)`, which takes whole blocks between two addresses, to be called in their order, and then
 * `hash(bytes)`, of all that were taken: once in the life of an instance.
 */
export const HASH_TEXT = [
  ...VECTORS.map((v, i) => `(global $hash.${v} (mut v128) (v128.const i32x4 ${indices(i)}))\n`),
  "(global $hash.high (mut i32) (i32.const 0))\n(global $hash.low (mut i32) (i32.const 0))\n",
  ...[BLOCKS, MIX, TAKE, HASH],
].join("");

const SECTION = new TextEncoder().encode("tilewright");

/** Code that can tell what it is once it is compiled: with a custom section that holds the hash of what was there before. */
export function identified(code: Uint8Array): {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly id: string;
} {
  const id = hashBytes(code);
  const content = [SECTION.length, ...SECTION, ...new TextEncoder().encode(id)];
  const section = [0, content.length, ...content];
  const bytes = new Uint8Array(code.length + section.length);
  bytes.set(code);
  bytes.set(section, code.length);
  return { bytes, id };
}
