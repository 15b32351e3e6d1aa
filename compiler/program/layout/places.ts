/**
 * place-values: buffers for the values that own one and windows for all others, in memory without addresses. Copies
 * that would read each element where they write it go.
 *
 *   %c = concat(%a, %b)   =>   a at c + 0, b at c + 8; no kernel
 */
import { scalarOf, type Compute } from "../../compute/ir.js";
import { storageOf } from "../../loop/storage.js";
import { sameElement } from "../../place/linear.js";
import type { Place, Places } from "../../place/place.js";
import { sameSequence } from "../../place/sequence.js";
import { partPlace, rowMajor, viewPlace, wholePlace } from "../../place/views.js";
import { elementCount, isEmpty } from "../../base/tensor.js";
import { givenPorts, wantedPorts } from "../ports.js";
import type { Buffer, Elided, Program, ProgramKernel, Value, ValueId } from "../program.js";

export interface Placed {
  /** By value; undefined for constants. */
  readonly places: readonly (Place | undefined)[];
  readonly buffers: readonly Buffer[];
  /** Values that cannot be the views that they should be: they have buffers of their own here. */
  readonly impossible: readonly ValueId[];
}

/** Owners of buffers in the order in which they are met, with the windows inside them. */
export function findPlaces(program: Program): Placed {
  const { values } = program;
  const places: (Place | undefined)[] = values.map(() => undefined);
  const buffers: Buffer[] = [];
  const impossible: ValueId[] = [];
  // What is copied in and out of the arena has 32 bits there.
  const ports = new Set(
    [...givenPorts(program), ...wantedPorts(program)].map(({ value }) => value),
  );
  const own = (id: ValueId): Place => {
    const { name, type, order, margin } = values[id]!;
    const { dtype, dims } = type;
    const whole = wholePlace(buffers.length, dims, order ?? rowMajor(dims.length), margin);
    const around = whole.size - elementCount(dims);
    buffers.push({
      name,
      dtype: ports.has(id) ? scalarOf(dtype) : storageOf(dtype),
      size: whole.size,
      space: "arena",
      ...(around === 0 ? {} : { margin: around }),
    });
    return whole.place;
  };
  const placed = (id: ValueId): Place => {
    const value = values[id]!;
    const { alias } = value;
    if (alias === undefined) return own(id);
    const from = places[alias.of]!;
    if (alias.kind === "part") return partPlace(from, alias.axis, alias.offset);
    const place = viewPlace(from, values[alias.of]!.type.dims, value.type.dims, alias.view);
    if (place === undefined) impossible.push(id);
    return place ?? own(id);
  };
  for (const { value } of givenPorts(program)) places[value] = own(value);
  for (const { value, next } of program.states) places[next] = places[value];
  for (const id of [
    ...program.kernels.map(({ output }) => output),
    ...program.outputs.flatMap(({ value, type }) => (isEmpty(type) ? [value] : [])),
  ]) {
    const way: ValueId[] = [];
    for (let at: ValueId | undefined = id; at !== undefined && places[at] === undefined;) {
      way.push(at);
      at = values[at]!.alias?.of;
    }
    for (const one of way.reverse()) places[one] = placed(one);
  }
  return { places, buffers, impossible };
}

/** The Program with places of everything but constants. */
export function placeValues(program: Program): Program {
  const { places, buffers: own, impossible } = findPlaces(program);
  if (impossible.length > 0)
    throw new Error(`value ${impossible[0]} cannot be where it is said to be`);
  const buffers = [...own];
  const kernels: ProgramKernel[] = [];
  const elided: Elided[] = [];
  const values = program.values.map((value, id): Value => {
    const place = places[id];
    return place === undefined ? value : { ...value, place };
  });
  for (const kernel of program.kernels) {
    const [moving, still] = splitCopies({ ...kernel, places: placesOf(kernel, values) });
    if (still !== undefined) elided.push({ at: kernels.length, kernel: still });
    if (moving !== undefined) kernels.push(withScratch(moving, values, buffers));
  }
  const placePort = <T extends { readonly value: ValueId }>(port: T): T => ({
    ...port,
    place: places[port.value]!,
  });
  return {
    ...program,
    values,
    inputs: program.inputs.map(placePort),
    outputs: program.outputs.map(placePort),
    states: program.states.map(placePort),
    buffers,
    kernels,
    elided,
  };
}

/** Of a kernel's activations and its output; constants follow once schedules are known. */
function placesOf(
  { kernel, operands, output, margins = [] }: ProgramKernel,
  values: readonly Value[],
): Places {
  const places: Record<string, Place> = { out: values[output]!.place! };
  for (const { name } of kernel.inputs) {
    const { place, margin, fill } = values[operands[name]!]!;
    if (place === undefined) continue;
    const granted = margins.includes(name) && margin !== undefined && fill !== undefined;
    places[name] = granted ? { ...place, margin, fill } : place;
  }
  return places;
}

/** What of a copy still has to move, and what would stay where it is. */
function splitCopies(
  kernel: ProgramKernel,
): readonly [moving: ProgramKernel | undefined, still: ProgramKernel | undefined] {
  if (kernel.role !== "copy") return [kernel, undefined];
  const { computes } = kernel.kernel;
  const still = new Set(stillComputes(kernel));
  if (still.size === 0) return [kernel, undefined];
  const moving = computes.filter((compute) => !still.has(compute));
  return [
    moving.length === 0 ? undefined : onlyComputes(kernel, moving),
    onlyComputes(kernel, [...still]),
  ];
}

/** Of a copy: which of its Computes read every element where they write it. */
export function stillComputes({ kernel, places, view }: ProgramKernel): Compute[] {
  const out = places["out"]!;
  return kernel.computes.filter(({ axes, reduce, body, epilogue, index }) => {
    if (body.kind !== "load" || epilogue !== undefined || reduce.length > 0) return false;
    const from = places[body.source];
    if (from?.buffer !== out.buffer || body.boundary !== undefined) return false;
    if (view?.kind === "reshape")
      return sameSequence(from, kernel.inputs[0]!.type.dims, out, kernel.output.dims);
    return sameElement([body.index, from], [index, out], kernel.outer, axes);
  });
}

function onlyComputes(kernel: ProgramKernel, computes: readonly Compute[]): ProgramKernel {
  const read = new Set(computes.flatMap(({ body }) => (body.kind === "load" ? [body.source] : [])));
  const inputs = kernel.kernel.inputs.filter(({ name }) => read.has(name));
  const places = Object.entries(kernel.places).filter(([name]) => name === "out" || read.has(name));
  const operands = Object.entries(kernel.operands).filter(([name]) => read.has(name));
  return {
    ...kernel,
    kernel: { ...kernel.kernel, computes, inputs },
    operands: Object.fromEntries(operands),
    places: Object.fromEntries(places),
  };
}

/** With memory for temporaries that are no register. */
function withScratch(
  kernel: ProgramKernel,
  values: readonly Value[],
  buffers: Buffer[],
): ProgramKernel {
  const scratch = kernel.kernel.temporaries.filter(({ dims }) => dims.length > 0);
  if (scratch.length === 0) return kernel;
  const places: Record<string, Place> = { ...kernel.places };
  for (const { name, dims, dtype } of scratch) {
    const { place, size } = wholePlace(buffers.length, dims, rowMajor(dims.length));
    buffers.push({ name: values[kernel.output]!.name, dtype, size, space: "arena" });
    places[name] = place;
  }
  return { ...kernel, places };
}
