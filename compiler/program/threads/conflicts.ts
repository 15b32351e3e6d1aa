/** Which memory of the arena a kernel reads and writes, and whether two kernels can run at the same time. */
import { isEmpty } from "../../base/tensor.js";
import { bytesOf } from "../../loop/storage.js";
import type { Place } from "../../place/place.js";
import { overlap, regionOf, type Region } from "../../place/region.js";
import { bufferOf } from "../memory/address.js";
import type { Buffer, BufferId, Program, ProgramKernel } from "../program.js";

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
  const { places, when = [] } = kernel;
  const { inputs, temporaries, output } = kernel.kernel;
  const use = (place: Place | undefined, dims: readonly number[]): readonly Used[] => {
    if (place === undefined || dims.includes(0)) return [];
    const buffer = bufferOf(program, place);
    return buffer.space === "arena" ? [usedOf(place, dims, buffer)] : [];
  };
  const temporary = ({ name, dims }: (typeof temporaries)[number]): readonly Used[] =>
    use(places[name], dims);
  return {
    read: [
      ...inputs.flatMap(({ name, type }) => use(places[name], type.dims)),
      ...when.flatMap(({ value }) => use(program.values[value]!.place, [])),
    ],
    written: [
      ...(isEmpty(output) ? [] : use(places["out"], output.dims)),
      ...temporaries.filter(({ name }) => common.has(name)).flatMap(temporary),
    ],
    scratch: temporaries.filter(({ name }) => !common.has(name)).flatMap(temporary),
  };
}

/** With what lies around the elements: who reads them may rely on it, and who fills it writes there. */
function usedOf(
  place: Place,
  dims: readonly number[],
  buffer: Buffer & { readonly offset: number },
): Used {
  const margin = place.margin ?? dims.map((): readonly [number, number] => [0, 0]);
  const before = margin.reduce((sum, [low], d) => sum + low * place.strides[d]!, 0);
  const wide = dims.map((dim, d) => margin[d]![0] + dim + margin[d]![1]);
  return {
    buffer: place.buffer,
    region: regionOf({ ...place, offset: place.offset - before }, wide),
    from: buffer.offset,
    to: buffer.offset + buffer.size * bytesOf(buffer.dtype),
  };
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
