/** Runs one lowered kernel on a dirty arena, with its margins filled, and reads its output back. */
import { insideIndex } from "../../compiler/meaning/boundary.js";
import { interpretStmt } from "../../compiler/meaning/interpretStmt.js";
import type { StmtMemory } from "../../compiler/meaning/interpretValue.js";
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

/** The kernel's output where every source lies at its place in one arena full of NaN. */
export function runKernel(
  kernel: Kernel,
  code: KernelFunction,
  places: ReadonlyMap<string, RandomPlace>,
  inputs: ReadonlyMap<string, Tensor>,
  fillMargins = true,
  run: Run = runAlone,
): Tensor {
  const bases = new Map<string, number>();
  const scratch = new Set(
    code.parameters.filter(({ perThread }) => perThread).map(({ source }) => source),
  );
  const slotOf = (source: string): number =>
    places.get(source)!.size + places.get(source)!.place.offset;
  let total = 0;
  for (const source of places.keys()) {
    bases.set(source, total);
    total += slotOf(source) * (scratch.has(source) ? THREADS : 1);
  }
  const bytes = new ArrayBuffer(total * 4);
  const views = { f32: new Float32Array(bytes), i32: new Int32Array(bytes) };
  views.f32.fill(NaN);
  const viewOf = (type: TensorType) => (scalarOf(type.dtype) === "f32" ? views.f32 : views.i32);
  const values = new Map([
    ...inputs,
    ...kernel.constants.map(({ name, value }): [string, Tensor] => [name, value]),
  ]);
  for (const [source, value] of values) {
    const { place } = places.get(source)!;
    for (const index of indicesOf(value.type.dims, fillMargins ? place.margin : undefined)) {
      viewOf(value.type)[bases.get(source)! + addressOf(place, index)] = valueAt(
        value,
        place,
        index,
      );
    }
  }
  const baseOf = (source: string, thread: number): number =>
    bases.get(source)! + (scratch.has(source) ? thread * slotOf(source) : 0);
  const addresses: Addresses = (thread) =>
    code.parameters.map(({ source }) => baseOf(source, thread) + places.get(source)!.place.offset);
  const memory = { arena: views, constants: views };
  const before = views.i32.slice();
  run(code, memory, addresses);
  const written = [{ name: "out", dims: kernel.output.dims }, ...kernel.temporaries].filter(
    ({ name }) => places.has(name),
  );
  for (const { name, dims } of written) {
    const { place } = places.get(name)!;
    for (let thread = 0; thread < (scratch.has(name) ? THREADS : 1); thread++)
      for (const index of indicesOf(dims)) {
        const at = baseOf(name, thread) + addressOf(place, index);
        before[at] = views.i32[at]!;
      }
  }
  const spoiled = before.findIndex((value, i) => value !== views.i32[i]);
  if (spoiled >= 0) throw new Error(`a store at ${spoiled}, where nothing may be written`);
  const out = newData(kernel.output.dtype, elementCount(kernel.output.dims));
  const { place } = places.get("out")!;
  let i = 0;
  for (const index of indicesOf(kernel.output.dims)) {
    const value = viewOf(kernel.output)[bases.get("out")! + addressOf(place, index)]!;
    if (out instanceof BigInt64Array) out[i++] = BigInt(value);
    else out[i++] = value;
  }
  return { type: kernel.output, data: out };
}
