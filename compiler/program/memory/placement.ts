/** Finds addresses for blocks that live for a while each, so that few bytes serve all of them. */
import type { BufferId } from "../program.js";
import type { Lifetime } from "./lifetimes.js";

export interface Block {
  readonly id: BufferId;
  readonly size: number;
  readonly time: Lifetime;
  /** Whether it is there in all runs. */
  readonly stays?: boolean;
}

export interface Placement {
  readonly offsets: ReadonlyMap<BufferId, number>;
  /** Of all, with what was there. */
  readonly bytes: number;
  /** The block that ends last; undefined where nothing reaches beyond what was there. */
  readonly highest: Block | undefined;
}

/** Placements tried after the first ones, where blocks are few enough to look at all pairs so often. */
const ATTEMPTS = 64;
/** Pairs of blocks looked at in all attempts together. */
const MOST_PAIRS = 2 ** 25;
/** More blocks are placed as they come. */
const MANY = 2048;

/**
 * The smallest of some placements, beside blocks that lie at the beginning already, one after the other. What stays is
 * above all else; or, where some of that comes later than others end, wherever there is room.
 */
export function placeArena(
  blocks: readonly Block[],
  bound: number,
  there: readonly Block[] = [],
): Placement {
  const staying = blocks.filter(({ stays }) => stays === true);
  const room = staying.reduce((sum, { size }) => sum + size, 0);
  const rest = blocks.filter(({ stays }) => stays !== true);
  const apart = above(placeMoving(rest, bound - room, there), staying);
  const isLate = ({ time }: Block): boolean =>
    [...rest, ...there].some((other) => other.time.last < time.first);
  if (apart.bytes <= bound || !staying.some(isLate)) return apart;
  const mixed = placeMoving(blocks, bound, there);
  return mixed.bytes < apart.bytes ? mixed : apart;
}

/** What stays lies above what does not, in a row. */
function above({ offsets, bytes, highest }: Placement, staying: readonly Block[]): Placement {
  const all = new Map(offsets);
  let at = bytes;
  for (const { id, size } of staying) {
    all.set(id, at);
    at += size;
  }
  return { offsets: all, bytes: at, highest: staying.at(-1) ?? highest };
}

function endOf(there: readonly Block[]): number {
  return there.reduce((sum, { size }) => sum + size, 0);
}

/**
 * Each of some orders gives every block the lowest address that is free for as long as it lives: large ones first,
 * those that live long and large first, those that come late first, and from the best of these on, time and again, the
 * block that stuck out before all others.
 */
function placeMoving(blocks: readonly Block[], bound: number, there: readonly Block[]): Placement {
  if (blocks.length > MANY) return placeInTime(blocks, there);
  const by = (key: (block: Block) => number): Block[] =>
    [...blocks].sort((a, b) => key(b) - key(a));
  const orders = [
    by(({ size }) => size),
    by(({ size, time }) => size * (time.last - time.first + 1)),
    ...(there.length === 0 ? [] : [by(({ time }) => time.first)]),
  ];
  const first = orders.map((order) => ({ order, placement: placeInOrder(order, there) }));
  let { order, placement } = first.reduce((a, b) =>
    b.placement.bytes < a.placement.bytes ? b : a,
  );
  let best = placement;
  const attempts = Math.min(ATTEMPTS, Math.floor(MOST_PAIRS / blocks.length ** 2));
  for (let i = 0; i < attempts && best.bytes > bound && placement.highest !== undefined; i++) {
    const { highest } = placement;
    order = [highest, ...order.filter((block) => block !== highest)];
    placement = placeInOrder(order, there);
    if (placement.bytes < best.bytes) best = placement;
  }
  return best;
}

function placeInOrder(order: readonly Block[], there: readonly Block[]): Placement {
  const placed: { readonly from: number; readonly to: number; readonly time: Lifetime }[] = [];
  for (const { size, time } of there) {
    const from = placed.at(-1)?.to ?? 0;
    placed.push({ from, to: from + size, time });
  }
  const offsets = new Map<BufferId, number>();
  let bytes = endOf(there);
  let highest: Block | undefined;
  for (const block of order) {
    const { time, size } = block;
    let at = 0;
    // `placed` is in order of addresses.
    for (const other of placed) {
      if (other.time.first > time.last || time.first > other.time.last) continue;
      if (at + size <= other.from) break;
      at = Math.max(at, other.to);
    }
    offsets.set(block.id, at);
    const next = placed.findIndex((other) => other.from > at);
    placed.splice(next < 0 ? placed.length : next, 0, { from: at, to: at + size, time });
    if (at + size > bytes) [bytes, highest] = [at + size, block];
  }
  return { offsets, bytes, highest };
}

/** Blocks in the order in which they begin, each in the lowest gap that those which have ended left. */
function placeInTime(blocks: readonly Block[], there: readonly Block[]): Placement {
  const offsets = new Map<BufferId, number>();
  // Nothing begins before what is there, which takes the lowest addresses so.
  const all = [...there, ...blocks];
  const begins = [...all].sort((a, b) => a.time.first - b.time.first);
  const ends = [...all].sort((a, b) => a.time.last - b.time.last);
  const gaps = new Gaps();
  let bytes = endOf(there);
  let highest: Block | undefined;
  let ended = 0;
  for (const block of begins) {
    for (; ends[ended]!.time.last < block.time.first; ended++) {
      const { id, size } = ends[ended]!;
      gaps.give(offsets.get(id)!, size);
    }
    const at = gaps.take(block.size);
    offsets.set(block.id, at);
    if (at + block.size > bytes) [bytes, highest] = [at + block.size, block];
  }
  return { offsets, bytes, highest };
}

/** Free runs of addresses in order, the last of them without end. */
class Gaps {
  readonly #runs: { from: number; to: number }[] = [{ from: 0, to: Infinity }];

  take(size: number): number {
    const at = this.#runs.findIndex(({ from, to }) => to - from >= size);
    const run = this.#runs[at]!;
    const { from } = run;
    run.from += size;
    if (run.from === run.to) this.#runs.splice(at, 1);
    return from;
  }

  give(from: number, size: number): void {
    const next = this.#runs.findIndex((run) => run.from > from);
    const [before, after] = [this.#runs[next - 1], this.#runs[next]!];
    const to = from + size;
    const joins = before?.to === from;
    if (to === after.from) {
      after.from = joins ? before.from : from;
      if (joins) this.#runs.splice(next - 1, 1);
    } else if (joins) before.to = to;
    else this.#runs.splice(next, 0, { from, to });
  }
}
