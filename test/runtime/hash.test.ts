/** The hash sees whatever can happen to a file by accident, and is the same in WebAssembly. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { HASH_TEXT } from "../../compiler/targets/wasm/hash.js";
import { hashBytes } from "../../runtime/index.js";
import { createRandom } from "../support/random.js";
import { assemble } from "../support/simd.js";

const random = createRandom(9);
const draw = (length: number): Uint8Array => Uint8Array.from({ length }, () => random.int(0, 255));

describe("hashBytes", () => {
  it("is what it was", () => {
    const bytes = Uint8Array.from({ length: 1000 }, (_, i) => (i * 7) & 255);
    const hashes = [0, 1, 64, 100, 1000].map((length) => hashBytes(bytes.subarray(0, length)));
    expect(hashes).toMatchInlineSnapshot(`
      [
        "b2f439cf1da7fa7e",
        "d0bc541ccaef8a57",
        "2b8c0b9d8e787d5b",
        "9a61953d0b6c1724",
        "61944c8bfb0a1ddd",
      ]
    `);
  });

  it.each([4, 63, 64, 65, 200])("sees every bit of %i bytes", (length) => {
    const bytes = draw(length);
    const seen = new Set([hashBytes(bytes)]);
    for (let bit = 0; bit < 8 * length; bit++) {
      const changed = bytes.slice();
      changed[bit >> 3]! ^= 1 << (bit & 7);
      seen.add(hashBytes(changed));
    }
    expect(seen.size).toBe(8 * length + 1);
  });

  it("sees two bits, of one register most of all", () => {
    const seen = new Set<string>();
    const at = Array.from({ length: 64 }, (_, i) => ({ block: i >> 3, bit: (i & 7) * 4 + 3 }));
    let pairs = 0;
    for (const one of at)
      for (const other of at) {
        if (one.block > other.block || (one.block === other.block && one.bit >= other.bit))
          continue;
        const words = new Int32Array(16 * 8);
        words[one.block * 16]! ^= 1 << one.bit;
        words[other.block * 16]! ^= 1 << other.bit;
        seen.add(hashBytes(new Uint8Array(words.buffer)));
        pairs++;
      }
    expect(seen.size).toBe(pairs);
  });

  it("sees blocks of any size that trade places, are zeroed, repeated or shifted", () => {
    for (const size of [4, 16, 64, 256, 4096]) {
      const bytes = draw(size * 8);
      const block = (i: number): Uint8Array => bytes.slice(i * size, (i + 1) * size);
      const seen = [hashBytes(bytes)];
      for (let i = 0; i < 8; i++) {
        const zeroed = bytes.slice();
        zeroed.fill(0, i * size, (i + 1) * size);
        seen.push(hashBytes(zeroed));
        for (let j = i + 1; j < 8; j++) {
          const swapped = bytes.slice();
          swapped.set(block(i), j * size);
          const repeated = swapped.slice();
          swapped.set(block(j), i * size);
          seen.push(hashBytes(swapped), hashBytes(repeated));
        }
      }
      seen.push(hashBytes(Uint8Array.of(...block(7), ...bytes.subarray(0, 7 * size))));
      expect(new Set(seen).size).toBe(seen.length);
    }
  });

  it("tells zeros of different lengths apart", () => {
    const hashes = Array.from({ length: 300 }, (_, length) => hashBytes(new Uint8Array(length)));
    expect(new Set(hashes).size).toBe(300);
  });

  it("is the same wherever bytes lie", () => {
    const bytes = draw(333);
    for (let offset = 0; offset < 8; offset++) {
      const memory = new Uint8Array(400);
      memory.set(bytes, offset);
      expect(hashBytes(memory.subarray(offset, offset + 333))).toBe(hashBytes(bytes));
    }
  });
});

describe("the hash of a module of WebAssembly", () => {
  const memory = new WebAssembly.Memory({ initial: 8, maximum: 8 });
  const text = `(module (import "env" "memory" (memory 8 8))\n${HASH_TEXT})`;
  const module = new WebAssembly.Module(assemble(text));
  const all = new Uint8Array(memory.buffer);
  all.set(draw(all.length));
  const same = (start: number, bytes: number, cuts: readonly number[] = []): void => {
    const { exports } = new WebAssembly.Instance(module, { env: { memory } });
    const { take, hash } = exports as {
      readonly take: (from: number, to: number) => void;
      readonly hash: (bytes: number) => bigint;
    };
    let from = start;
    for (const to of [...cuts, start + bytes]) {
      take(from, to);
      from = to;
    }
    const hex = BigInt.asUintN(64, hash(bytes)).toString(16).padStart(16, "0");
    expect(hex).toBe(hashBytes(all.subarray(start, start + bytes)));
  };

  it("is the same for any number of blocks, anywhere", () => {
    const block = fc.integer({ min: 0, max: (3 * 65536) / 64 });
    fc.assert(
      fc.property(block, block, (start, blocks) => same(64 * start, 64 * blocks)),
      { numRuns: 100, seed: 4 },
    );
  });

  it("is the same in pieces", () => {
    const cut = fc.integer({ min: 0, max: (4 * 65536) / 64 });
    fc.assert(
      fc.property(fc.array(cut), (cuts) => {
        const [start, ...rest] = [0, ...cuts, (4 * 65536) / 64]
          .map((at) => 64 * at)
          .sort((a, b) => a - b);
        same(start!, 4 * 65536, rest);
      }),
      { numRuns: 100, seed: 4 },
    );
  });

  it.each([0, 64, 65536 - 64, 65536, 65536 + 64, 2 * 65536, 8 * 65536])("of %i bytes", (bytes) =>
    same(0, bytes),
  );
});
