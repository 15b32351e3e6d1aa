/** plan-memory: lets dying operands be overwritten and gives every buffer an address for the time it is live. */
import { fail } from "../base/error.js";
import { walkExpr } from "../compute/walk.js";
import type { Compute } from "../compute/ir.js";
import type { Place } from "../place/place.js";
import { readsInPlace } from "./fuse/substitute.js";
import type { Buffer, Program, ProgramKernel } from "./program.js";

/** Addresses are multiples of a cache line. */
const ALIGNMENT = 64;
/** Of either space: element addresses stay below 2^30, so that sums with them stay inside an i32. */
const MOST_BYTES = 2 ** 32;

export interface Lifetime {
  readonly first: number;
  readonly last: number;
}

/** The Program with offsets for all buffers and the sizes of both spaces. Throws CompileError `too-large`. */
export function planMemory(program: Program): Program {
  const merged = overwriteDying(program);
  const lifetimes = bufferLifetimes(merged);
  const arena = placeArena(
    merged.buffers.filter(({ space }) => space === "arena"),
    lifetimes,
    arenaLowerBound(merged),
  );
  let constantBytes = 0;
  const buffers = merged.buffers.map((buffer): Buffer => {
    if (buffer.space === "arena") return { ...buffer, offset: arena.offsets.get(buffer.name)! };
    const offset = constantBytes;
    constantBytes += alignedBytes(buffer);
    return { ...buffer, offset };
  });
  checkSize("values of one run", arena.bytes);
  checkSize("constants", constantBytes);
  return { ...merged, buffers, arenaBytes: arena.bytes, constantBytes };
}

function checkSize(what: string, bytes: number): void {
  if (bytes > MOST_BYTES)
    fail("too-large", `the ${what} take ${bytes} bytes: the most is ${MOST_BYTES}`, {
      hint: "make the batch or the input smaller",
    });
}

/** What a buffer takes of its space. */
export function alignedBytes(buffer: Buffer): number {
  return Math.ceil((buffer.size * 4) / ALIGNMENT) * ALIGNMENT;
}

/** Kernel positions between which each arena buffer holds something; inputs live from −1, outputs to the end. */
export function bufferLifetimes(program: Program): Map<string, Lifetime> {
  const lifetimes = new Map<string, Lifetime>();
  const touch = (place: Place | undefined, at: number): void => {
    if (place === undefined) return;
    const { first, last } = lifetimes.get(place.buffer) ?? { first: at, last: at };
    lifetimes.set(place.buffer, { first: Math.min(first, at), last: Math.max(last, at) });
  };
  for (const { place } of program.inputs) touch(place, -1);
  program.kernels.forEach((kernel, at) => {
    for (const place of Object.values(kernel.places)) touch(place, at);
  });
  for (const { place } of program.outputs) touch(place, program.kernels.length);
  return lifetimes;
}

/** The most bytes that are live at once: no plan can do with less. */
export function arenaLowerBound(program: Program): number {
  const lifetimes = bufferLifetimes(program);
  let most = 0;
  for (let at = -1; at <= program.kernels.length; at++) {
    let live = 0;
    for (const buffer of program.buffers) {
      const time = lifetimes.get(buffer.name);
      if (buffer.space === "arena" && time !== undefined && time.first <= at && at <= time.last)
        live += alignedBytes(buffer);
    }
    most = Math.max(most, live);
  }
  return most;
}

interface Block {
  readonly name: string;
  readonly size: number;
  readonly time: Lifetime;
}

interface Placement {
  readonly offsets: ReadonlyMap<string, number>;
  readonly bytes: number;
  /** The block that ends last. */
  readonly highest: Block | undefined;
}

/** Placements tried after the first ones. */
const ATTEMPTS = 64;

/**
 * The smallest of some placements, each of which takes blocks in another order and gives each the lowest
 * address that is free for as long as it lives: large ones first, those that live long and large first, and
 * from the better of the two on, time and again, the block that stuck out before all others.
 */
function placeArena(
  buffers: readonly Buffer[],
  lifetimes: ReadonlyMap<string, Lifetime>,
  bound: number,
): Placement {
  const blocks = buffers.map((buffer): Block => {
    const time = lifetimes.get(buffer.name) ?? { first: -1, last: -1 };
    return { name: buffer.name, size: alignedBytes(buffer), time };
  });
  const by = (key: (block: Block) => number): Block[] =>
    [...blocks].sort((a, b) => key(b) - key(a));
  const orders = [
    by(({ size }) => size),
    by(({ size, time }) => size * (time.last - time.first + 1)),
  ];
  const first = orders.map((order) => ({ order, placement: placeInOrder(order) }));
  let { order, placement } = first.reduce((a, b) =>
    b.placement.bytes < a.placement.bytes ? b : a,
  );
  let best = placement;
  for (let i = 0; i < ATTEMPTS && best.bytes > bound && placement.highest !== undefined; i++) {
    const { highest } = placement;
    order = [highest, ...order.filter((block) => block !== highest)];
    placement = placeInOrder(order);
    if (placement.bytes < best.bytes) best = placement;
  }
  return best;
}

function placeInOrder(order: readonly Block[]): Placement {
  const placed: { readonly from: number; readonly to: number; readonly time: Lifetime }[] = [];
  const offsets = new Map<string, number>();
  let bytes = 0;
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
    offsets.set(block.name, at);
    const next = placed.findIndex((other) => other.from > at);
    placed.splice(next < 0 ? placed.length : next, 0, { from: at, to: at + size, time });
    if (at + size > bytes) [bytes, highest] = [at + size, block];
  }
  return { offsets, bytes, highest };
}

/**
 * A kernel that reads an operand only where it writes, and is the last to read it, writes over it: both
 * places must be the same window of a buffer.
 */
function overwriteDying(program: Program): Program {
  let current = program;
  program.kernels.forEach((_, at) => {
    const kernel = current.kernels[at]!;
    const lifetimes = bufferLifetimes(current);
    const out = kernel.places["out"]!;
    const outTime = lifetimes.get(out.buffer)!;
    if (outTime.first !== at || kernel.role !== "compute") return;
    const victim = kernel.kernel.inputs.find(({ name }) =>
      dies(name, kernel, at, current, lifetimes),
    );
    if (victim === undefined) return;
    current = renameBuffer(current, out.buffer, kernel.places[victim.name]!.buffer);
  });
  return current;
}

function dies(
  source: string,
  kernel: ProgramKernel,
  at: number,
  program: Program,
  lifetimes: ReadonlyMap<string, Lifetime>,
): boolean {
  const place = kernel.places[source];
  const out = kernel.places["out"]!;
  if (place === undefined || source.startsWith("@") || source.startsWith("#")) return false;
  if (program.inputs.some((input) => input.place?.buffer === place.buffer)) return false;
  const buffers = new Map(program.buffers.map((buffer) => [buffer.name, buffer]));
  const sameBuffer =
    buffers.get(place.buffer)!.size === buffers.get(out.buffer)!.size &&
    buffers.get(place.buffer)!.dtype === buffers.get(out.buffer)!.dtype;
  if (!sameBuffer || lifetimes.get(place.buffer)!.last !== at || place.buffer === out.buffer)
    return false;
  if (place.offset !== out.offset || String(place.strides) !== String(out.strides)) return false;
  const type = kernel.kernel.inputs.find(({ name }) => name === source)!.type;
  return (
    kernel.kernel.computes.length === 1 &&
    onlyInPlace(kernel.kernel.computes[0]!, source, type.dims)
  );
}

function onlyInPlace(compute: Compute, source: string, dims: readonly number[]): boolean {
  const reducing = compute.reduce.length > 0;
  const { body } = compute;
  // What a reduction's body reads is read for many elements; only its init and epilogue are pointwise.
  const bodyReads = reducing && mentionsSource(body, source);
  return !bodyReads && readsInPlace(compute, source, dims);
}

function mentionsSource(body: Compute["body"], source: string): boolean {
  let found = false;
  walkExpr(body, (inner) => {
    if (inner.kind === "load" && inner.source === source) found = true;
  });
  return found;
}

function renameBuffer(program: Program, from: string, to: string): Program {
  const rename = (place: Place): Place =>
    place.buffer === from ? { ...place, buffer: to } : place;
  const value = <T extends { readonly place?: Place }>(one: T): T =>
    one.place === undefined ? one : { ...one, place: rename(one.place) };
  return {
    ...program,
    buffers: program.buffers.filter(({ name }) => name !== from),
    inputs: program.inputs.map(value),
    outputs: program.outputs.map(value),
    kernels: program.kernels.map((kernel) => ({
      ...kernel,
      places: Object.fromEntries(
        Object.entries(kernel.places).map(([name, place]) => [name, rename(place)]),
      ),
    })),
  };
}

/** The buffer behind a place, with its address in its space in bytes. */
export function bufferOf(program: Program, place: Place): Buffer & { readonly offset: number } {
  const buffer = program.buffers.find(({ name }) => name === place.buffer);
  if (buffer?.offset === undefined) throw new Error(`buffer ${place.buffer} has no address`);
  return { ...buffer, offset: buffer.offset };
}
