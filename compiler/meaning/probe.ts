/**
 * Evaluates single elements of a kernel's output, on demand and on inputs that are functions of their indices: a sample
 * of what it means, without the work of the whole.
 */
import type { Compute, Index, Kernel } from "../compute/ir.js";
import { axesAround } from "../compute/scan.js";
import { rowMajorStrides } from "../base/tensor.js";
import { compileValue } from "./interpret.js";
import { slotOf, type Frame, type MadeStore, type Store, type Thunk } from "./interpretExpr.js";

/** An element of an input; of tables the kernel knows its own. */
export type InputValue = (source: string, index: readonly number[]) => number;

/**
 * Any element of `out`, by its index. Sums take only one step along the axes that `held` names. What it returns throws a
 * plain Error where no Compute writes an element that is needed, or an index is outside of what it reads.
 */
export function probeKernel(
  kernel: Kernel,
  inputOf: InputValue,
  held: ReadonlyMap<string, number>,
): (element: readonly number[]) => number {
  const stores = new Map(
    kernel.constants.map(({ name, value: { type, data } }): [string, Store] => [
      name,
      { dims: type.dims, strides: rowMajorStrides(type.dims), data },
    ]),
  );
  const known = new Map<string, number>();
  const elementOf = (target: string, element: readonly number[], around?: Frame): number => {
    const key = `${target} ${element.join()}`;
    let value = known.get(key);
    if (value === undefined) {
      const writer = writers.find((one) => one.target === target && one.locate(element, around));
      if (writer === undefined) throw new Error(`nobody writes ${key}`);
      value = writer.value();
      if (!writer.isWhole) value = Math.fround(value);
      known.set(key, value);
    }
    return value;
  };
  const writers = kernel.computes.map((compute): Writer => {
    const made = new Map<string, MadeStore>();
    const frame: Frame = { stores, made, slots: new Map(), counters: [], accumulator: NaN };
    for (const { name, type } of kernel.inputs)
      made.set(name, { dims: type.dims, elementAt: (element) => inputOf(name, element) });
    for (const { name, dims } of kernel.temporaries)
      made.set(name, { dims, elementAt: (element) => elementOf(name, element, frame) });
    return writerOf(compute, kernel, frame, held);
  });
  return (element) => {
    // The same element of a temporary is another value where the loops around it stand elsewhere.
    known.clear();
    return elementOf("out", element);
  };
}

/** A Compute as a function of where its loops stand. */
interface Writer {
  readonly target: string;
  /** Puts loops where an element is written, for a reader in the same loops around; false where it is not. */
  locate(element: readonly number[], around: Frame | undefined): boolean;
  readonly value: Thunk;
  /** Whether elements have 32 bits that an f32 has not. */
  readonly isWhole: boolean;
}

function writerOf(
  compute: Compute,
  kernel: Kernel,
  frame: Frame,
  held: ReadonlyMap<string, number>,
): Writer {
  const { counters } = frame;
  const loops = axesAround(kernel, compute).map(({ name }) => ({
    name,
    slot: slotOf(name, frame),
  }));
  const axes = [...axesAround(kernel, compute), ...compute.axes].map(({ name, extent }) => ({
    slot: slotOf(name, frame),
    extent,
  }));
  const extents = new Map(axes.map(({ slot, extent }) => [slot, extent]));
  for (const { name } of compute.reduce) counters[slotOf(name, frame)] = held.get(name) ?? 0;
  const along = compute.reduce.filter(({ name }) => !held.has(name));
  const places = compute.index.map((one) => placeOf(one, frame));
  return {
    target: compute.target,
    value: compileValue(compute, frame, along),
    isWhole: (compute.epilogue ?? compute.body).dtype === "i32",
    locate(element, around) {
      for (const { slot } of axes) counters[slot] = NaN;
      for (const { name, slot } of loops) {
        const known = around?.slots.get(name);
        if (known !== undefined) counters[slot] = around!.counters[known]!;
      }
      const met = places.every((place, d) => solve(place, element[d]!, counters, extents));
      return met && axes.every(({ slot, extent }) => stands(counters, slot, extent));
    },
  };
}

/** An index as counters, those that move it furthest first; undefined where it is more than those. */
function placeOf({ terms, constant }: Index, frame: Frame) {
  const steps: { readonly slot: number; readonly by: number }[] = [];
  for (const { of, coefficient } of terms) {
    if (typeof of !== "string") return undefined;
    steps.push({ slot: slotOf(of, frame), by: coefficient });
  }
  return { steps: steps.sort((a, b) => b.by - a.by), constant };
}

/** Sets counters that are not known yet so that an index is a number; false where they cannot be. */
function solve(
  place: ReturnType<typeof placeOf>,
  wanted: number,
  counters: number[],
  extents: ReadonlyMap<number, number>,
): boolean {
  if (place === undefined) return false;
  let rest = wanted - place.constant;
  const open = place.steps.filter(({ slot, by }) => {
    if (Number.isNaN(counters[slot])) return true;
    rest -= by * counters[slot]!;
    return false;
  });
  for (const { slot, by } of open) {
    const step = Math.min(Math.floor(rest / by), extents.get(slot)! - 1);
    if (step < 0) return false;
    counters[slot] = step;
    rest -= by * step;
  }
  return rest === 0;
}

/** Whether it is known where an axis stands: one of a single step stands there. */
function stands(counters: number[], slot: number, extent: number): boolean {
  if (!Number.isNaN(counters[slot])) return true;
  counters[slot] = 0;
  return extent === 1;
}
