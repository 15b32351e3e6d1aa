/** Runs one lowered kernel on a dirty arena, with its margins filled, and reads its output back. */
import { insideIndex } from "../../compiler/meaning/boundary.js";
import { interpretStmt } from "../../compiler/meaning/interpretStmt.js";
import {
  elementsOf,
  type StmtMemory,
  type StoredElements,
} from "../../compiler/meaning/stmtMemory.js";
import { bytesOf, type Storage } from "../../compiler/loop/storage.js";
import { scalarOf, type Kernel } from "../../compiler/compute/ir.js";
import type { Place } from "../../compiler/place/place.js";
import type { KernelFunction } from "../../compiler/loop/stmt.js";
import { elementCount, newData, type Tensor, type TensorType } from "../../compiler/base/tensor.js";
import type { RandomPlace } from "./randomSchedule.js";
import { THREADS, type Addresses } from "./threads.js";

/** Every index of a box, row-major; `margin` widens it. */
function* indicesOf(dims: readonly number[], margin?: Place["margin"]): Generator<number[]> {
  const low = dims.map((_, d) => -(margin?.[d]?.[0] ?? 0));
  const high = dims.map((dim, d) => dim + (margin?.[d]?.[1] ?? 0));
  const index = [...low];
  if (elementCount(dims) === 0) return;
  for (;;) {
    yield [...index];
    let d = dims.length - 1;
    while (d >= 0 && ++index[d]! === high[d]) index[d] = low[d--]!;
    if (d < 0) return;
  }
}

function addressOf(place: Place, index: readonly number[]): number {
  return index.reduce((sum, i, d) => {
    if (place.block?.dim !== d) return sum + i * place.strides[d]!;
    const { size, stride } = place.block;
    return sum + Math.floor(i / size) * stride + (i % size) * place.strides[d]!;
  }, place.offset);
}

/** What stands at a place's index: an element, or in a margin what its fill says. */
function valueAt(value: Tensor, place: Place, index: readonly number[]): number {
  const { dims } = value.type;
  let flat = 0;
  for (const [d, i] of index.entries()) {
    let at = i;
    if (i < 0 || i >= dims[d]!) {
      if (place.fill!.mode === "constant") return place.fill!.value;
      at = insideIndex(i, dims[d]!, place.fill!.mode);
    }
    flat = flat * dims[d]! + at;
  }
  return Number(value.data[flat]);
}

/** Runs a function on memory, as `interpretStmt` does; threads differ in addresses of scratch memory. */
export type Run = (code: KernelFunction, memory: StmtMemory, addresses: Addresses) => void;

/** All of it in one thread. */
const runAlone: Run = (code, memory, addresses) => interpretStmt(code, memory, addresses(0));

/** One buffer with a window for each source, of scratch memory for each thread. */
interface Arena {
  readonly bytes: Uint8Array;
  readonly memory: StmtMemory;
  /** Where a source's window begins, in its elements. */
  baseOf(source: string, thread: number): number;
  /** The elements of a source, as a kernel reads and writes them. */
  elementsOf(source: string, type: Pick<TensorType, "dtype">): StoredElements;
  storageOf(source: string, type: Pick<TensorType, "dtype">): Storage;
}

function createArena(code: KernelFunction, places: ReadonlyMap<string, RandomPlace>): Arena {
  const parameters = new Map(code.parameters.map((one) => [one.source, one]));
  const sizeOf = ({ size, place }: RandomPlace): number => size + place.offset;
  const bases = new Map<string, number>();
  let total = 0;
  for (const [source, place] of places) {
    bases.set(source, total);
    total += sizeOf(place) * (parameters.get(source)?.perThread === true ? THREADS : 1);
  }
  const buffer = new ArrayBuffer(total * 4);
  const views = { f32: new Float32Array(buffer), i32: new Int32Array(buffer) };
  views.f32.fill(NaN);
  const memory = { arena: views, constants: views };
  const storageOf: Arena["storageOf"] = (source, { dtype }) =>
    parameters.get(source)?.dtype ?? scalarOf(dtype);
  return {
    bytes: new Uint8Array(buffer),
    memory,
    storageOf,
    baseOf(source, thread) {
      const { perThread, dtype } = parameters.get(source) ?? {};
      const slot = perThread === true ? thread * sizeOf(places.get(source)!) : 0;
      return (bases.get(source)! + slot) * (4 / bytesOf(dtype ?? "f32"));
    },
    elementsOf: (source, type) =>
      elementsOf({ space: "arena", dtype: storageOf(source, type) }, memory),
  };
}

/** The kernel's output where every source lies at its place in one arena full of NaN. */
export function runKernel(
  kernel: Kernel,
  code: KernelFunction,
  places: ReadonlyMap<string, RandomPlace>,
  inputs: ReadonlyMap<string, Tensor>,
  fillMargins = true,
  run: Run = runAlone,
): Tensor {
  const arena = createArena(code, places);
  const { baseOf } = arena;
  const values = new Map([
    ...inputs,
    ...kernel.constants.map(({ name, value }): [string, Tensor] => [name, value]),
  ]);
  for (const [source, value] of values) {
    const { place } = places.get(source)!;
    const { array, encode = (x: number): number => x } = arena.elementsOf(source, value.type);
    for (const index of indicesOf(value.type.dims, fillMargins ? place.margin : undefined))
      array[baseOf(source, 0) + addressOf(place, index)] = encode(valueAt(value, place, index));
  }
  const before = arena.bytes.slice();
  run(code, arena.memory, (thread) =>
    code.parameters.map(({ source }) => baseOf(source, thread) + places.get(source)!.place.offset),
  );
  expectUnspoiled(kernel, code, places, arena, before);
  const { dims, dtype } = kernel.output;
  const out = newData(dtype, elementCount(dims));
  const { place } = places.get("out")!;
  const { array, decode = (x: number): number => x } = arena.elementsOf("out", kernel.output);
  let i = 0;
  for (const index of indicesOf(dims)) {
    const value = decode(array[baseOf("out", 0) + addressOf(place, index)]!);
    if (out instanceof BigInt64Array) out[i++] = BigInt(value);
    else out[i++] = value;
  }
  return { type: kernel.output, data: out };
}

/** Throws where a byte has changed that is neither of the output nor of a temporary. */
function expectUnspoiled(
  kernel: Kernel,
  code: KernelFunction,
  places: ReadonlyMap<string, RandomPlace>,
  { bytes, baseOf, storageOf }: Arena,
  before: Uint8Array,
): void {
  const scratch = new Set(code.parameters.flatMap((one) => (one.perThread ? [one.source] : [])));
  for (const { name, ...type } of [{ name: "out", ...kernel.output }, ...kernel.temporaries]) {
    if (!places.has(name)) continue;
    const { place } = places.get(name)!;
    const size = bytesOf(storageOf(name, type));
    for (let thread = 0; thread < (scratch.has(name) ? THREADS : 1); thread++)
      for (const index of indicesOf(type.dims)) {
        const at = (baseOf(name, thread) + addressOf(place, index)) * size;
        before.set(bytes.subarray(at, at + size), at);
      }
  }
  const spoiled = before.findIndex((value, i) => value !== bytes[i]);
  if (spoiled >= 0) throw new Error(`a store at byte ${spoiled}, where nothing may be written`);
}
