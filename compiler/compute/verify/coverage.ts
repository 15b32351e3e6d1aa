/** Proves that the Computes that write a target write disjoint parts that exactly cover it. */
import { elementCount, rowMajorStrides } from "../../base/tensor.js";
import { axesAround } from "../scan.js";
import type { Life } from "./life.js";
import type { Axis, Compute, Index, Kernel } from "../ir.js";

/** Outputs up to this many elements are enumerated where the boxes of the Computes do not tell. */
const ENUMERATED = 2 ** 22;

/**
 * What is wrong with how `out` and the temporaries are covered. Indices are inside their target, and affine where
 * something is made; of a temporary only those are asked who make it, as `lives` has it of each.
 */
export function coverageProblems(kernel: Kernel, lives: readonly Life[]): string[] {
  const { computes, output, temporaries } = kernel;
  const outs = computes.flatMap((compute, position): Writer[] =>
    compute.target === "out"
      ? [{ position, compute, axes: [...axesAround(kernel, compute), ...compute.axes] }]
      : [],
  );
  const targets = [
    { name: "out", dims: output.dims, writers: outs },
    ...temporaries.map(({ name, dims }, i) => {
      const writers = lives[i]!.makers.map((position): Writer => {
        const compute = computes[position]!;
        return { position, compute, axes: compute.axes };
      });
      return { name, dims, writers };
    }),
    // What nobody writes nobody reads: another form of the kernel does.
  ].filter(({ name }) => name === "out" || computes.some(({ target }) => target === name));
  return targets.flatMap(({ name, dims, writers }) => {
    const problem = coverageProblem(dims, writers);
    return problem === undefined ? [] : [`${name}: ${problem}`];
  });
}

export interface Writer {
  readonly position: number;
  readonly compute: Compute;
  readonly axes: readonly Axis[];
}

/**
 * Writes that are disjoint and as many as there are elements cover the target. Where every axis occurs in
 * one dimension alone, a Compute writes a box: the product of a set of indices per dimension, and two boxes
 * are disjoint where their sets are in some dimension.
 */
function coverageProblem(dims: readonly number[], writers: readonly Writer[]): string | undefined {
  const writes = writers.reduce((sum, { axes }) => sum + countOf(axes), 0);
  const elements = elementCount(dims);
  if (writes !== elements) return `${writes} writes for ${elements} elements`;
  const [only, ...others] = writers;
  if (only !== undefined && others.length === 0 && isOrderly(only)) return undefined;
  if (sideBySide(writers, dims)) return undefined;
  const boxes = writers.map((writer) => boxOf(writer));
  if (boxes.every((box) => box !== undefined)) return overlapOf(boxes);
  if (elements <= ENUMERATED) return enumerate(dims, writers);
  return `the parts of ${elements} elements are no boxes, and too many to enumerate`;
}

/** Whether writers fill the target one after the other along one dimension, as those of a concat do. */
function sideBySide(writers: readonly Writer[], dims: readonly number[]): boolean {
  const along = dims.findIndex((dim, d) =>
    writers.some(({ compute }) => intervalOf(compute.index[d]!, compute.axes)?.count !== dim),
  );
  if (along < 0) return false;
  const intervals = writers.map(({ compute, axes }) => {
    const own = compute.index.map((index) => intervalOf(index, axes));
    const fills = own.every((one, d) => d === along || (one?.from === 0 && one.count === dims[d]));
    const used = own.flatMap((one) => one?.axis ?? []);
    const apart =
      new Set(used).size === used.length &&
      axes.every(({ name, extent }) => extent === 1 || used.includes(name));
    return fills && apart ? own[along] : undefined;
  });
  if (intervals.includes(undefined)) return false;
  let end = 0;
  return (intervals as Interval[])
    .sort((a, b) => a.from - b.from)
    .every(({ from, count }) => {
      const next = from === end;
      end = from + count;
      return next;
    });
}

interface Interval {
  readonly axis: string | undefined;
  readonly from: number;
  readonly count: number;
}

/** What an index that is one axis and a constant goes through; undefined for any other. */
function intervalOf({ terms, constant }: Index, axes: readonly Axis[]): Interval | undefined {
  const [term, ...others] = terms;
  if (term === undefined) return { axis: undefined, from: constant, count: 1 };
  const axis = axes.find(({ name }) => name === term.of);
  if (axis === undefined || others.length > 0 || term.coefficient !== 1) return undefined;
  return { axis: axis.name, from: constant, count: axis.extent };
}

function countOf(axes: readonly Axis[]): number {
  return axes.reduce((product, axis) => product * axis.extent, 1);
}

/**
 * Whether no two iterations write one element, seen from coefficients alone: every axis is in one dimension,
 * where it steps over all that the axes with smaller coefficients reach.
 */
export function isOrderly({ compute, axes }: Writer): boolean {
  const long = axes.filter((axis) => axis.extent > 1);
  const steps = compute.index.map((index) =>
    long
      .map((axis) => ({ axis, step: Math.abs(coefficientOf(index, axis)) }))
      .filter(({ step }) => step > 0)
      .sort((a, b) => a.step - b.step),
  );
  const used = steps.flat().map(({ axis }) => axis);
  if (used.length !== long.length || new Set(used).size !== long.length) return false;
  return steps.every((dimension) => {
    let reach = 0;
    return dimension.every(({ axis, step }) => {
      const over = step > reach;
      reach += step * (axis.extent - 1);
      return over;
    });
  });
}

interface Box {
  readonly position: number;
  /** The indices written in each dimension. */
  readonly sets: readonly ReadonlySet<number>[];
}

/** Undefined where an axis occurs in several dimensions or an index takes a value twice. */
function boxOf({ position, compute, axes }: Writer): Box | undefined {
  const sets: ReadonlySet<number>[] = [];
  const used = new Set<string>();
  for (const index of compute.index) {
    const own = axes.filter((axis) => index.terms.some(({ of }) => of === axis.name));
    if (own.some((axis) => used.has(axis.name))) return undefined;
    own.forEach((axis) => used.add(axis.name));
    const values = valuesOf(index, own);
    if (values.size !== countOf(own)) return undefined;
    sets.push(values);
  }
  const all = axes.every((axis) => axis.extent === 1 || used.has(axis.name));
  return all ? { position, sets } : undefined;
}

function valuesOf(index: Index, axes: readonly Axis[]): Set<number> {
  let values = [index.constant];
  for (const axis of axes) {
    const coefficient = coefficientOf(index, axis);
    values = values.flatMap((value) =>
      Array.from({ length: axis.extent }, (_, i) => value + coefficient * i),
    );
  }
  return new Set(values);
}

function coefficientOf(index: Index, axis: Axis): number {
  return index.terms.reduce((sum, term) => sum + (term.of === axis.name ? term.coefficient : 0), 0);
}

function overlapOf(boxes: readonly Box[]): string | undefined {
  for (const [i, box] of boxes.entries()) {
    const other = boxes.slice(0, i).find((before) => !disjoint(before, box));
    if (other !== undefined)
      return `computes ${other.position} and ${box.position} write the same elements`;
  }
  return undefined;
}

function disjoint(a: Box, b: Box): boolean {
  return a.sets.some((set, d) => {
    const [few, many] = [set, b.sets[d]!].sort((one, other) => one.size - other.size);
    for (const value of few!) if (many!.has(value)) return false;
    return true;
  });
}

/** Writes every element once; the number of writes is known to be right. */
function enumerate(dims: readonly number[], writers: readonly Writer[]): string | undefined {
  const strides = rowMajorStrides(dims);
  const written = new Uint8Array(elementCount(dims));
  for (const { compute, axes, position } of writers) {
    const flat: Index = {
      constant: compute.index.reduce((sum, index, d) => sum + index.constant * strides[d]!, 0),
      terms: compute.index.flatMap((index, d) =>
        index.terms.map(({ of, coefficient }) => ({ of, coefficient: coefficient * strides[d]! })),
      ),
    };
    const steps = axes.map((axis) => ({ extent: axis.extent, step: coefficientOf(flat, axis) }));
    if (!mark(written, flat.constant, steps, 0))
      return `compute ${position} writes an element that is written already`;
  }
  return undefined;
}

function mark(
  written: Uint8Array,
  at: number,
  steps: readonly { readonly extent: number; readonly step: number }[],
  depth: number,
): boolean {
  const axis = steps[depth];
  if (axis === undefined) {
    if (written[at] === 1) return false;
    written[at] = 1;
    return true;
  }
  for (let i = 0; i < axis.extent; i++)
    if (!mark(written, at + i * axis.step, steps, depth + 1)) return false;
  return true;
}
