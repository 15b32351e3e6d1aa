/** Blocks that live at once never share bytes, whichever way addresses are found, and few bytes serve all of them. */
import { describe, expect, it } from "vitest";
import {
  placeArena,
  type Block,
  type Placement,
} from "../../../compiler/program/memory/placement.js";
import { createRandom, type Random } from "../../support/random.js";

/** Each lives for a while somewhere in `moments`: mostly shortly, as values of a network do. */
function drawBlocks(random: Random, count: number, moments: number): Block[] {
  return Array.from({ length: count }, (_, id) => {
    const first = random.int(-1, moments);
    const long = random.chance(0.1) ? moments : 4;
    const size = random.chance(0.3) ? 256 : 64 * random.int(1, random.pick([4, 64]));
    return { id, size, time: { first, last: Math.min(moments, first + random.int(0, long)) } };
  });
}

/** The most bytes that are live at one moment. */
function boundOf(blocks: readonly Block[]): number {
  const changes = new Map<number, number>();
  const change = (at: number, by: number): void =>
    void changes.set(at, (changes.get(at) ?? 0) + by);
  for (const { size, time } of blocks) {
    change(time.first, size);
    change(time.last + 1, -size);
  }
  let [live, most] = [0, 0];
  for (const at of [...changes.keys()].sort((a, b) => a - b)) {
    live += changes.get(at)!;
    most = Math.max(most, live);
  }
  return most;
}

/** Pairs that live at once and share bytes. */
function clashes(blocks: readonly Block[], { offsets }: Placement): [Block, Block][] {
  const begins = [...blocks].sort((a, b) => a.time.first - b.time.first);
  const found: [Block, Block][] = [];
  let live: Block[] = [];
  for (const block of begins) {
    live = live.filter(({ time }) => time.last >= block.time.first);
    const [from, to] = [offsets.get(block.id)!, offsets.get(block.id)! + block.size];
    for (const other of live) {
      const at = offsets.get(other.id)!;
      if (at < to && from < at + other.size) found.push([block, other]);
    }
    live.push(block);
  }
  return found;
}

function expectSound(blocks: readonly Block[]): { readonly bytes: number; readonly bound: number } {
  const bound = boundOf(blocks);
  const placement = placeArena(blocks, bound);
  const { bytes, offsets, highest } = placement;
  expect(clashes(blocks, placement)).toEqual([]);
  const ends = blocks.map(({ id, size }) => offsets.get(id)! + size);
  expect(bytes).toBe(Math.max(0, ...ends));
  expect(Math.min(0, ...offsets.values())).toBe(0);
  if (highest !== undefined) expect(offsets.get(highest.id)! + highest.size).toBe(bytes);
  expect(bytes).toBeGreaterThanOrEqual(bound);
  return { bytes, bound };
}

describe("placement of blocks that live for a while", () => {
  it("lets few of them meet nowhere, in little more than is live at once", () => {
    const random = createRandom(1);
    let [bytes, bound] = [0, 0];
    for (let i = 0; i < 300; i++) {
      const found = expectSound(drawBlocks(random, random.int(0, 40), random.int(1, 40)));
      bytes += found.bytes;
      bound += found.bound;
    }
    expect(bytes).toBeLessThan(1.05 * bound);
  });

  it.each([2048, 2049, 5000])("lets %d of them meet nowhere", (count) => {
    const random = createRandom(count);
    const { bytes, bound } = expectSound(drawBlocks(random, count, 2000));
    expect(bytes).toBeLessThan(1.5 * bound);
  });

  it("stacks what lives at once, and takes one place for what does not", () => {
    const at = (id: number, first: number, last: number): Block => ({
      ...{ id, size: 64 },
      time: { first, last },
    });
    const together = Array.from({ length: 2100 }, (_, id) => at(id, 0, 9));
    expect(expectSound(together).bytes).toBe(2100 * 64);
    const apart = Array.from({ length: 3000 }, (_, id) => at(id, id, id));
    expect(expectSound(apart).bytes).toBe(64);
    // The last kernel that reads one is the one that writes the next.
    const chain = Array.from({ length: 3000 }, (_, id) => at(id, id, id + 1));
    expect(expectSound(chain).bytes).toBe(128);
  });
});
