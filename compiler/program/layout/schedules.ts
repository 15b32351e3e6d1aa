/**
 * choose-schedules: the order in which each kernel runs, by its target. Constants have no places yet: they are taken
 * to lie as the memory that the kernel writes, so that a schedule can see which axes could merge.
 */
import type { Compute, Index, Kernel } from "../../compute/ir.js";
import { allLoads, weightSources } from "../../compute/loads.js";
import { productsOverWords } from "../dots/computes.js";
import { dotForm } from "../dots/forms.js";
import type { ByteProduct } from "../dots/products.js";
import type { Decision } from "../../schedule/decision.js";
import { bytesOf, storageOf } from "../../loop/storage.js";
import type { Place, Places } from "../../place/place.js";
import { rowMajor, wholePlace } from "../../place/views.js";
import type { TensorType } from "../../base/tensor.js";
import type { Program, ProgramKernel, ValueId } from "../program.js";
import { packableValues } from "./madeAtLoad.js";
import type { LayoutChoices } from "./choices.js";
import { asStored } from "./narrowStorage.js";

export function chooseSchedules(program: Program, target: LayoutChoices): Program {
  const packable = packableValues(program);
  const isPacked = (value: ValueId): boolean =>
    program.values[value]!.constant !== undefined || packable.has(value);
  const kernels = program.kernels.map((kernel) => {
    const places = provisionalPlaces(kernel, isPacked);
    const stored = asStored(kernel, program.buffers);
    const decisions = [...(kernel.decisions ?? [])];
    const busiest = busiestOf(stored);
    const schedules = stored.computes.map((compute) => {
      const decide = compute === busiest ? (one: Decision) => void decisions.push(one) : undefined;
      return target.schedule(compute, stored, places, undefined, decide);
    });
    const planned = { ...kernel, schedules, ...(decisions.length === 0 ? {} : { decisions }) };
    const windows =
      kernel.windows && asStored({ ...kernel, kernel: kernel.windows }, program.buffers);
    const twin = formOverWords(windows ?? stored, places);
    if (twin === (windows ?? stored)) return planned;
    const own = provisionalPlaces({ ...kernel, kernel: twin }, isPacked);
    const dotSchedules = twin.computes.map((compute) => target.schedule(compute, twin, own));
    return { ...planned, dotSchedules };
  });
  return { ...program, kernels };
}

/** The other form, where bytes of activations lie as words want them: neighbours of one, or of those of all lanes, one after the other. */
function formOverWords(kernel: Kernel, places: Places): Kernel {
  const isNext = ({ x, along, own }: ByteProduct): boolean =>
    [along, own].some((dim) => dim !== undefined && places[x.source]?.strides[dim] === 1);
  return productsOverWords(kernel).every(isNext) ? dotForm(kernel, "usdot") : kernel;
}

/** The Compute whose body is evaluated most often: what is decided of others is not worth reading. */
function busiestOf({ computes }: Kernel): Compute | undefined {
  const points = ({ axes, reduce }: Compute): number =>
    [...axes, ...reduce].reduce((product, { extent }) => product * extent, 1);
  return computes.reduce<Compute | undefined>(
    (best, one) => (best === undefined || points(one) > points(best) ? one : best),
    undefined,
  );
}

/** Of weights and tables of a kernel, with their types. */
export function constantsOf({
  inputs,
  constants,
}: Kernel): readonly (readonly [string, TensorType])[] {
  return [
    ...inputs.flatMap(({ name, type, constant }) =>
      constant === true ? [[name, type] as const] : [],
    ),
    ...constants.map(({ name, value }) => [name, value.type] as const),
  ];
}

/** A kernel's places with those of its constants nested like the memory it writes. */
function provisionalPlaces(kernel: ProgramKernel, isPacked: (value: ValueId) => boolean): Places {
  const all: Record<string, Place> = { ...kernel.places };
  const orders = provisionalOrders(kernel);
  for (const [name, { dims }] of constantsOf(kernel.kernel)) {
    const value = kernel.operands[name];
    if (value === undefined || isPacked(value))
      all[name] = wholePlace(NOWHERE, dims, orders.get(name)!).place;
  }
  return all;
}

/** How the dims of each constant nest before the order of loops is known. */
export function provisionalOrders({
  kernel,
  places,
}: ProgramKernel): ReadonlyMap<string, readonly number[]> {
  const strides = outputStrides(kernel, places["out"]!);
  const summed = summedStrides(kernel, places);
  return new Map(
    constantsOf(kernel).map(([name, { dims, dtype }]) => {
      // Narrow factors are multiplied in vectors along what is summed up: it nests as in the other factor.
      const isNarrow = bytesOf(storageOf(dtype)) < 4;
      const key = (axis: string): number =>
        strides.get(axis) ?? (isNarrow ? (summed.get(axis) ?? 1) : 0);
      const weight = dimKeys(name, dims, kernel.computes, key);
      return [name, rowMajor(dims.length).sort((a, b) => weight[b]! - weight[a]! || a - b)];
    }),
  );
}

/** Of axes that are summed up, how far apart their elements lie in what has a place, all below those of an output. */
function summedStrides(kernel: Kernel, places: Places): ReadonlyMap<string, number> {
  const strides = new Map<string, number>();
  const weights = weightSources(kernel);
  for (const compute of kernel.computes)
    for (const load of allLoads(compute)) {
      const place = load.kind === "load" ? places[load.source] : undefined;
      if (load.kind !== "load" || place === undefined || weights.has(load.source)) continue;
      load.index.forEach(({ terms }, d) => {
        for (const { of } of terms)
          if (compute.reduce.some(({ name }) => name === of))
            strides.set(of as string, place.strides[d]! / 2 ** 32);
      });
    }
  return strides;
}

/** No buffer's number. */
export const NOWHERE = -1;

function outputStrides(kernel: Kernel, out: Place): ReadonlyMap<string, number> {
  const strides = new Map<string, number>();
  for (const compute of kernel.computes) {
    if (compute.target !== "out") continue;
    compute.index.forEach((index, d) => {
      for (const { of } of index.terms)
        if (typeof of === "string") strides.set(of, out.strides[d]!);
    });
  }
  return strides;
}

/** For each dim the key of the axis that indexes it (the largest where loads differ). */
export function dimKeys(
  source: string,
  dims: readonly number[],
  computes: readonly Compute[],
  key: (axis: string) => number,
): number[] {
  const keys = new Array<number>(dims.length).fill(-1);
  for (const index of loadIndices(source, computes)) {
    index.forEach((one, d) => {
      for (const { of } of one.terms)
        if (typeof of === "string") keys[d] = Math.max(keys[d]!, key(of));
    });
  }
  return keys;
}

/** How a source is loaded, wherever it is. */
export function loadIndices(source: string, computes: readonly Compute[]): (readonly Index[])[] {
  return computes.flatMap((compute) =>
    allLoads(compute).flatMap((load) =>
      load.kind === "load" && load.source === source ? [load.index] : [],
    ),
  );
}
