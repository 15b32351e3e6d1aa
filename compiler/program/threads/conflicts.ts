/** Which memory of the arena a kernel reads and writes, and whether two kernels can run at the same time. */
import { isEmpty } from "../../base/tensor.js";
import { bytesOf } from "../../loop/storage.js";
import type { Place } from "../../place/place.js";
import { overlap, regionOf, type Region } from "../../place/region.js";
import { bufferOf } from "../memory/address.js";
import type { BufferId, Program, ProgramKernel } from "../program.js";

/** Elements of a buffer, and where that is, in bytes. */
interface Used {
  readonly buffer: BufferId;
  readonly region: Region;
  readonly from: number;
  readonly to: number;
}

export interface KernelMemory {
  readonly read: readonly Used[];
  readonly written: readonly Used[];
  /** Of one of the threads; the others have their own. */
  readonly scratch: readonly Used[];
}

/** `common`: temporaries that all threads have together. */
export function memoryOf(
  kernel: ProgramKernel,
  program: Program,
  common: ReadonlySet<string> = new Set(),
): KernelMemory {
  const { places, role, when = [] } = kernel;
  const { inputs, temporaries, output } = kernel.kernel;
  const use = (
    place: Place | undefined,
    dims: readonly number[],
    boxesOf: (place: Place, dims: readonly number[]) => readonly Box[],
  ): readonly Used[] => {
    if (place === undefined || dims.includes(0)) return [];
    const buffer = bufferOf(program, place);
    if (buffer.space !== "arena") return [];
    return boxesOf(place, dims).map(({ offset, dims }) => ({
      buffer: place.buffer,
      region: regionOf({ ...place, offset }, dims),
      from: buffer.offset,
      to: buffer.offset + buffer.size * bytesOf(buffer.dtype),
    }));
  };
  const { margin } = program.values[kernel.output]!;
  const written: typeof around = (place, dims) =>
    role === "fill" && margin !== undefined
      ? sidesOf({ ...place, margin }, dims)
      : itself(place, dims);
  const temporary = ({ name, dims }: (typeof temporaries)[number]): readonly Used[] =>
    use(places[name], dims, itself);
  return {
    read: [
      ...inputs.flatMap(({ name, type }) => use(places[name], type.dims, around)),
      ...when.flatMap(({ value }) => use(program.values[value]!.place, [], itself)),
    ],
    written: [
      ...(isEmpty(output) ? [] : use(places["out"], output.dims, written)),
      ...temporaries.filter(({ name }) => common.has(name)).flatMap(temporary),
    ],
    scratch: temporaries.filter(({ name }) => !common.has(name)).flatMap(temporary),
  };
}

/** Elements of a place: its first one, and how many there are along each dim. */
interface Box {
  readonly offset: number;
  readonly dims: readonly number[];
}

function itself({ offset }: Place, dims: readonly number[]): readonly Box[] {
  return [{ offset, dims }];
}

/** With what lies around the elements: who reads them may rely on it. */
function around(place: Place, dims: readonly number[]): readonly Box[] {
  const margin = marginOf(place, dims);
  const before = margin.reduce((sum, [low], d) => sum + low * place.strides[d]!, 0);
  const wide = dims.map((dim, d) => margin[d]![0] + dim + margin[d]![1]);
  return [{ offset: place.offset - before, dims: wide }];
}

/** What lies around the elements, as a fill writes it: on both sides along each dim, and around all dims before. */
function sidesOf(place: Place, dims: readonly number[]): readonly Box[] {
  const margin = marginOf(place, dims);
  return dims.flatMap((dim, d) => {
    const wide = around(place, dims.slice(0, d))[0]!;
    const stride = place.strides[d]!;
    const [low, high] = margin[d]!;
    const side = (from: number, extent: number): readonly Box[] =>
      extent === 0
        ? []
        : [
            {
              offset: wide.offset + from * stride,
              dims: [...wide.dims, extent, ...dims.slice(d + 1)],
            },
          ];
    return [...side(-low, low), ...side(dim, high)];
  });
}

function marginOf({ margin }: Place, dims: readonly number[]): NonNullable<Place["margin"]> {
  return dims.map((_, d) => margin?.[d] ?? [0, 0]);
}

/** Whether the order of two kernels matters. */
export function conflict(a: KernelMemory, b: KernelMemory): boolean {
  const [writtenByA, writtenByB] = [a, b].map(({ written, scratch }) => [...written, ...scratch]);
  return (
    meet(a.written, [...b.read, ...writtenByB!]) ||
    meet(b.written, [...a.read, ...writtenByA!]) ||
    meet(a.scratch, b.read) ||
    meet(b.scratch, a.read)
  );
}

function meet(some: readonly Used[], others: readonly Used[]): boolean {
  return some.some((one) =>
    others.some((other) =>
      one.buffer === other.buffer
        ? overlap(one.region, other.region)
        : one.from < other.to && other.from < one.to,
    ),
  );
}
