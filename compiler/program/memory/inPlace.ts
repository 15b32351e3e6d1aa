/**
 * reuse-operands: a kernel that reads an operand only where it writes, and is the last to read its memory by any name,
 * writes over it.
 *
 *   %y = relu(%x), nothing else in x's buffer is read later   =>   y in x's buffer
 */
import type { Compute } from "../../compute/ir.js";
import { loads } from "../../compute/loads.js";
import type { Place } from "../../place/place.js";
import { sameDims } from "../../base/tensor.js";
import { readsInPlace } from "../fuse/substitute.js";
import { givenPorts } from "../ports.js";
import type { BufferId, Program, ProgramKernel } from "../program.js";
import { bufferLifetimes, momentsOf, type Lifetime } from "./lifetimes.js";

export function reuseOperands(program: Program): Program {
  const reuse = new Reuse(program);
  const moments = momentsOf(program);
  program.kernels.forEach((kernel, at) => {
    const victim = reuse.victimOf(kernel, moments.of(at));
    if (victim !== undefined) reuse.merge(kernel.places["out"]!.buffer, victim);
  });
  return withBuffers(program, (buffer) => reuse.current(buffer));
}

/** Which buffer each one has become, and until when that is read. */
class Reuse {
  readonly #program: Program;
  readonly #became: BufferId[];
  readonly #lifetimes: (Lifetime | undefined)[];
  readonly #inputs: ReadonlySet<BufferId>;

  constructor(program: Program) {
    this.#program = program;
    this.#became = program.buffers.map((_, id) => id);
    this.#lifetimes = bufferLifetimes(program);
    this.#inputs = new Set(givenPorts(program).map(({ place }) => place!.buffer));
  }

  /** A buffer's place is always taken by an older one, so that ways are short: each points where the last one ends. */
  current(buffer: BufferId): BufferId {
    return this.#became[buffer]!;
  }

  merge(buffer: BufferId, victim: BufferId): void {
    this.#became[buffer] = victim;
    const { first } = this.#lifetimes[victim]!;
    this.#lifetimes[victim] = { first, last: this.#lifetimes[buffer]!.last };
  }

  /** The buffer that a kernel may write over: its operands there are read where they are written, and never again. */
  victimOf(kernel: ProgramKernel, at: number): BufferId | undefined {
    const out = kernel.places["out"]!;
    if (kernel.role !== "compute" || kernel.kernel.computes.length !== 1) return undefined;
    if (this.#lifetimes[out.buffer]!.first !== at) return undefined;
    for (const { name, constant } of kernel.kernel.inputs) {
      const place = kernel.places[name];
      if (place === undefined || constant === true) continue;
      const buffer = this.current(place.buffer);
      if (this.#fits(buffer, out.buffer, at) && this.#onlyInPlace(kernel, buffer)) return buffer;
    }
    return undefined;
  }

  #fits(buffer: BufferId, other: BufferId, at: number): boolean {
    if (buffer === other || this.#inputs.has(buffer)) return false;
    const [a, b] = [this.#program.buffers[buffer]!, this.#program.buffers[other]!];
    const alike = a.size === b.size && a.dtype === b.dtype && a.space === b.space;
    return alike && this.#lifetimes[buffer]!.last === at;
  }

  /** Whether every operand of a kernel that lies in `buffer` lies where the output would, and is read just there. */
  #onlyInPlace({ kernel, places }: ProgramKernel, buffer: BufferId): boolean {
    const [compute] = kernel.computes;
    const out = places["out"]!;
    return kernel.inputs.every(({ name, type }) => {
      const place = places[name];
      if (place === undefined || this.current(place.buffer) !== buffer) return true;
      // A value that is broadcast is read by many elements, wherever it lies.
      const { dims } = kernel.output;
      return (
        sameDims(type.dims, dims) &&
        sameWindow(place, out) &&
        readsWhereItWrites(compute!, name, dims)
      );
    });
  }
}

function sameWindow(a: Place, b: Place): boolean {
  const dims = ({ strides, block }: Place): string =>
    String([...strides, block?.dim, block?.size, block?.stride]);
  return a.offset === b.offset && dims(a) === dims(b);
}

/** Whether a Compute reads each element of a source of these dims, if at all, where it writes the one at the same indices. */
export function readsWhereItWrites(
  compute: Compute,
  source: string,
  dims: readonly number[],
): boolean {
  // What a reduction's body reads is read for many elements; only its init and epilogue are pointwise.
  const bodyReads = compute.reduce.length > 0 && loads(compute.body, source);
  return !bodyReads && readsInPlace(compute, source, dims);
}

/** The Program with places in other buffers; those that nothing is left in are gone. */
function withBuffers(program: Program, becomes: (buffer: BufferId) => BufferId): Program {
  const kept = program.buffers.map((_, id) => id).filter((id) => becomes(id) === id);
  const numbers = new Map(kept.map((id, number) => [id, number]));
  const moved = (place: Place): Place => ({
    ...place,
    buffer: numbers.get(becomes(place.buffer))!,
  });
  const placed = <T extends { readonly place?: Place }>(one: T): T =>
    one.place === undefined ? one : { ...one, place: moved(one.place) };
  const inKernel = (kernel: ProgramKernel): ProgramKernel => {
    const places = Object.entries(kernel.places).map(([name, place]) => [name, moved(place)]);
    return { ...kernel, places: Object.fromEntries(places) as ProgramKernel["places"] };
  };
  return {
    ...program,
    values: program.values.map(placed),
    inputs: program.inputs.map(placed),
    outputs: program.outputs.map(placed),
    states: program.states.map((state) => {
      const { initialPlace: initial } = state;
      return {
        ...placed(state),
        ...(initial === undefined ? {} : { initialPlace: moved(initial) }),
      };
    }),
    buffers: kept.map((id) => program.buffers[id]!),
    kernels: program.kernels.map(inKernel),
    elided: program.elided.map(({ at, kernel }) => ({ at, kernel: inKernel(kernel) })),
    constants: program.constants.map(placed),
  };
}
