/**
 * pack-constants: weights and tables as the loops read them, once for each (constant, layout), and so what kernels make
 * of them at load: it is written as its readers want it. Models whose loops are alike can share packed weights.
 *
 *   w[oc, ic, kh, kw] under loops oc(8) kh kw ic   =>   "0/8 2 3 1 0%8": [oc/8][kh][kw][ic][8]
 */
import { scalarOf, type Kernel } from "../../compute/ir.js";
import type { Storage } from "../../loop/storage.js";
import type { Constant } from "../../graph/definition.js";
import type { Place } from "../../place/place.js";
import { rowMajor } from "../../place/views.js";
import { fitBlocks } from "../../schedule/fitBlocks.js";
import type { TensorType } from "../../base/tensor.js";
import type {
  Buffer,
  PackedConstant,
  Program,
  ProgramKernel,
  ProgramState,
  Value,
  ValueId,
} from "../program.js";
import { dotTwin } from "../dots/twin.js";
import type { LayoutChoices } from "./choices.js";
import { packableValues } from "./madeAtLoad.js";
import { narrowConstants } from "./narrowStorage.js";
import {
  nameOf,
  packedPlace,
  packingFor,
  samePacking,
  writablePacking,
  type Packing,
} from "./packedLayout.js";
import { constantsOf, loadIndices, provisionalOrders } from "./schedules.js";

/** What a kernel made at load, in one of the layouts that readers want of it. */
interface Made {
  readonly value: ValueId;
  readonly packing: Packing;
  readonly place: Place;
}

/** What grows while kernels are looked at: at load who reads comes before who writes. */
interface Packer {
  readonly program: Program;
  readonly target: Pick<LayoutChoices, "schedule">;
  readonly buffers: Buffer[];
  readonly values: Value[];
  readonly packed: Map<Constant | object, Map<string, PackedConstant>>;
  readonly made: Map<ValueId, Map<string, Made>>;
  readonly packable: ReadonlySet<ValueId>;
  /** What makes each value at load. */
  readonly writers: ReadonlyMap<ValueId, Kernel>;
  readonly narrow: ReadonlyMap<Constant, Storage>;
}

/** The Program with a place for every constant that a kernel reads, or that a state is at first. */
export function placeConstants(program: Program, target: Pick<LayoutChoices, "schedule">): Program {
  const atLoad = program.kernels.filter((kernel) => kernel.atLoad === true);
  const packer: Packer = {
    program,
    target,
    buffers: [...program.buffers],
    values: [...program.values],
    packed: new Map(),
    made: new Map(),
    packable: packableValues(program),
    writers: new Map(atLoad.map(({ output, kernel }) => [output, kernel])),
    narrow: narrowConstants(program),
  };
  const names = new Set(program.kernels.map(({ name }) => name));
  const inRuns = program.kernels
    .filter((kernel) => kernel.atLoad !== true)
    .map((kernel) => withPlaces(kernel, packer));
  const made = [...atLoad].reverse().flatMap((kernel) => {
    const layouts = [...(packer.made.get(kernel.output)?.values() ?? [])];
    if (layouts.length === 0) return [withPlaces(kernel, packer)];
    return layouts.map((layout, i) => writing(kernel, i === 0, layout, packer, names)).reverse();
  });
  const states = program.states.map((state): ProgramState => {
    const { initial, type } = state;
    if (initial === undefined) return state;
    const packing = { order: rowMajor(type.dims.length) };
    const initialPlace = placeOf(initial, initial, packing, scalarOf(type.dtype), packer);
    return { ...state, initialPlace };
  });
  const constants = [...packer.packed.values()].flatMap((layouts) => [...layouts.values()]);
  const { buffers, values } = packer;
  const kernels = [...made.reverse(), ...inRuns];
  const again = atLoad.map(({ output }) => Math.max(0, (packer.made.get(output)?.size ?? 0) - 1));
  const elided = program.elided.map((one) => ({
    ...one,
    at: again.slice(0, one.at).reduce((at, count) => at + count, one.at),
  }));
  return { ...program, values, buffers, kernels, elided, states, constants };
}

function placeOf(
  constant: Constant,
  source: object,
  packing: Packing,
  storage: Storage,
  { packed, buffers }: Packer,
): Place {
  const { name, type } = constant;
  const layout = nameOf(packing, type.dims);
  const key = `${storage} ${layout}`;
  const known = packed.get(source) ?? new Map<string, PackedConstant>();
  packed.set(source, known);
  let found = known.get(key);
  const { place, size } = packedPlace(found?.place.buffer ?? buffers.length, type.dims, packing);
  if (found === undefined) {
    buffers.push({ name, dtype: storage, size, space: "constants" });
    found = { constant, layout, place };
    known.set(key, found);
  }
  // Where dims of 1 stand, a name does not say: loops that run over them with others count on it.
  return place;
}

/** A kernel with places for its constants, packed by `choose` or for its loops. */
function withPlaces(
  kernel: ProgramKernel,
  packer: Packer,
  choose?: (source: string, type: TensorType, rough: readonly number[]) => Packing,
): ProgramKernel {
  const places: Record<string, Place> = { ...kernel.places };
  const operands: Record<string, ValueId> = { ...kernel.operands };
  const twin = dotTwin(kernel, "usdot");
  for (const [source, type] of constantsOf(kernel.kernel)) {
    // What only the form over words reads lies as that does.
    const isRead = kernel.kernel.computes.some((one) => loadIndices(source, [one]).length > 0);
    const reader = isRead ? kernel : twin;
    const order = roughOrder(source, reader, type);
    const forms = reader === kernel && twin !== kernel ? [kernel, twin] : [reader];
    const packing = choose?.(source, type, order) ?? packingFor(forms, source, type, places, order);
    const value = kernel.operands[source];
    const table = value === undefined ? tableOf(kernel, source) : undefined;
    const constant = table?.constant ?? packer.program.values[value!]!.constant;
    if (constant !== undefined) {
      const storage = packer.narrow.get(constant) ?? scalarOf(type.dtype);
      const identity = table?.data ?? constant;
      // What runs once takes what is there for others: a second layout is worth more bytes than time.
      const [there] = choose === undefined ? [] : (packer.packed.get(identity)?.values() ?? []);
      places[source] = there?.place ?? placeOf(constant, identity, packing, storage, packer);
    } else if (packer.packable.has(value!)) {
      const writer = packer.writers.get(value!);
      const can = writer ? writablePacking(packing, writer, order) : packing;
      const made = madeAs(value!, can, packer);
      places[source] = packedPlace(made.place.buffer, type.dims, can).place;
      operands[source] = made.value;
    }
  }
  return { ...kernel, places, operands };
}

function roughOrder(
  source: string,
  kernel: ProgramKernel,
  { dims }: TensorType,
): readonly number[] {
  return provisionalOrders(kernel).get(source) ?? rowMajor(dims.length);
}

/** The value in a layout: the first is its own, each further one is another value, in memory of its own. */
function madeAs(id: ValueId, packing: Packing, packer: Packer): Made {
  const { made, values, buffers } = packer;
  const value = values[id]!;
  const { dims } = value.type;
  const layouts = made.get(id) ?? new Map<string, Made>();
  made.set(id, layouts);
  const layout = nameOf(packing, dims);
  let found = layouts.get(layout);
  if (found === undefined) {
    const isFirst = layouts.size === 0;
    const was = buffers[value.place!.buffer]!;
    const whole = packedPlace(isFirst ? value.place!.buffer : buffers.length, dims, packing);
    buffers[whole.place.buffer] = { ...was, size: whole.size };
    const { order: _, ...rest } = value;
    const packed = { ...rest, place: whole.place };
    if (isFirst) values[id] = packed;
    else values.push(packed);
    found = { value: isFirst ? id : values.length - 1, packing, place: whole.place };
    layouts.set(layout, found);
  }
  return found;
}

/** A kernel that writes its value in one layout. What lies as that does is packed alike, so that both are read in order. */
function writing(
  kernel: ProgramKernel,
  isFirst: boolean,
  { value, packing, place }: Made,
  packer: Packer,
  names: Set<string>,
): ProgramKernel {
  const { output, computes } = kernel.kernel;
  const named = isFirst ? kernel.name : freshName(kernel.name, names);
  const own = { ...kernel, name: named, output: value, places: { ...kernel.places, out: place } };
  const placed = withPlaces(own, packer, (source, { dims }, rough) =>
    samePacking(source, dims, kernel.kernel) ? packing : { order: rough },
  );
  const schedules = computes.map((compute) =>
    fitBlocks(
      packer.target.schedule(compute, kernel.kernel, placed.places),
      compute,
      { ...kernel.kernel, output },
      placed.places,
    ),
  );
  return { ...placed, schedules };
}

/** name_2, name_3 …, marked as taken. */
function freshName(name: string, taken: Set<string>): string {
  let count = 2;
  while (taken.has(`${name}_${count}`)) count++;
  taken.add(`${name}_${count}`);
  return `${name}_${count}`;
}

/** A table of a kernel's own as a constant, and the numbers, which kernels may have in common. */
function tableOf(
  { kernel }: ProgramKernel,
  source: string,
): { readonly constant: Constant; readonly data: object } {
  const { type, data } = kernel.constants.find(({ name }) => name === source)!.value;
  return { constant: { name: source, type, source: { kind: "data", data } }, data };
}
