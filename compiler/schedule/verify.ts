/** Checks that a schedule which nobody here chose says a legal order of a Compute: every element once, and no code without end. */
import { allLoads, weightSources } from "../compute/loads.js";
import { axesInScope } from "../compute/scan.js";
import { walkExpr } from "../compute/walk.js";
import { accessesOf, canFuse } from "../place/accesses.js";
import type { Axis, Compute, Kernel } from "../compute/ir.js";
import type { Places } from "../place/place.js";
import { tileOf, type Schedule } from "./schedule.js";

/** Straight-line copies of a body: more would be slow code, and a function that no engine compiles. */
const MOST_COPIES = 1024;

/** Of one sum: more than there are registers are of no use. */
const MOST_ACCUMULATORS = 16;

/**
 * Everything that is wrong with a schedule; empty for a legal one. What depends on how constants are packed
 * (a tile that crosses a block) is left to the lowering, which throws.
 */
export function scheduleProblems(
  schedule: Schedule,
  compute: Compute,
  kernel: Kernel,
  places: Places,
): string[] {
  const fused = fusedAxes(schedule, compute, kernel, places);
  if (typeof fused === "string") return [fused];
  const axes = [...fused.axes, ...fused.reduce];
  const names = axes.map(({ name }) => name);
  const problems: string[] = [];
  const { order } = schedule;
  const outer = order.slice(0, fused.axes.length);
  const reduced = new Set(fused.reduce.map(({ name }) => name));
  if (order.length !== names.length || !names.every((name) => order.includes(name)))
    problems.push(`its order is ${order.join(" ")}, the axes are ${names.join(" ")}`);
  else if (outer.some((name) => reduced.has(name)))
    problems.push(`its order has an axis of the reduction outside of ${outer.join(" ")}`);
  return [
    ...problems,
    ...splitProblems(schedule, axes),
    ...partialProblems(schedule, compute, kernel, places),
    ...groupProblems(schedule, fused.axes),
    ...accumulatorProblems(schedule, compute),
    ...(schedule.park === true ? parkProblems(compute, kernel, places) : []),
    ...(schedule.dots === true ? dotProblems(schedule, compute) : []),
  ];
}

/** The axes that a schedule runs over: those it fuses as one; a sentence where it may not. */
function fusedAxes(
  { fuse = {} }: Schedule,
  compute: Compute,
  kernel: Kernel,
  places: Places,
): Pick<Compute, "axes" | "reduce"> | string {
  let [axes, reduce] = [compute.axes, compute.reduce];
  const all = axesInScope(kernel, compute);
  for (const [name, group] of Object.entries(fuse)) {
    const what = `${group.join("·")} as ${name}`;
    if (all.some((axis) => axis.name === name)) return `it fuses ${what}, which is another axis`;
    const members = group.map((one) => [...axes, ...reduce].find((axis) => axis.name === one));
    if (group.length < 2 || new Set(group).size < group.length || members.includes(undefined))
      return `it fuses ${what}, which are not axes`;
    const merge = (from: readonly Axis[]): readonly Axis[] => {
      const inside = from.filter((axis) => group.includes(axis.name));
      const extent = inside.reduce((product, axis) => product * axis.extent, 1);
      const left = from.filter((axis) => !inside.includes(axis));
      return inside.length === group.length ? [...left, { name, extent }] : from;
    };
    const [mergedAxes, mergedReduce] = [merge(axes), merge(reduce)];
    if (mergedAxes === axes && mergedReduce === reduce)
      return `it fuses ${what}, of which some are reduced and some are not`;
    if (!canFuse(kernel, compute, places, group))
      return `it fuses ${what}, of which one is needed by itself`;
    [axes, reduce] = [mergedAxes, mergedReduce];
  }
  return { axes, reduce };
}

function splitProblems(schedule: Schedule, axes: readonly Axis[]): string[] {
  const problems: string[] = [];
  const { split, lanes } = schedule;
  let vectors = 0;
  let copies = 1;
  for (const [name, splits] of Object.entries(split)) {
    const axis = axes.find((one) => one.name === name);
    if (axis === undefined) {
      problems.push(`it splits ${name}, which is no axis`);
      continue;
    }
    splits.forEach(({ factor, kind }, i) => {
      if (!Number.isSafeInteger(factor) || factor < 1)
        problems.push(`it splits ${name} by ${factor}`);
      if (kind !== "vector") return;
      vectors++;
      if (factor === 1) problems.push(`it has vectors of one lane along ${name}`);
      if (factor !== lanes) problems.push(`it has vectors of ${factor} and ${lanes} lanes`);
      if (i !== splits.length - 1) problems.push(`it splits ${name} within its lanes`);
    });
    const tile = tileOf(schedule, name);
    const width = splits.some(({ kind }) => kind === "vector") ? lanes : 1;
    copies *= Math.ceil(Math.min(tile, axis.extent) / width);
  }
  if (vectors > 1) problems.push("it has two axes of lanes");
  if (lanes !== 1 && vectors === 0) problems.push(`it has ${lanes} lanes and no axis of them`);
  if (schedule.pairs === true && lanes === 1)
    problems.push("it stores vectors two by two, and there are none");
  if (!(copies <= MOST_COPIES))
    problems.push(`it makes ${copies} copies of the body, the most are ${MOST_COPIES}`);
  return problems;
}

/**
 * Why products cannot be added up two by two; whether 16 bits hold their factors is said by the memory that they are
 * read from, and looked at where that is known.
 */
function dotProblems(
  { split, lanes, fuse = {} }: Schedule,
  { combine, body, axes }: Compute,
): string[] {
  const axis = Object.keys(split).find((name) =>
    split[name]!.some(({ kind }) => kind === "vector"),
  );
  const isOutput = axes.some(({ name }) => name === axis || fuse[axis ?? ""]?.includes(name));
  if (axis === undefined || isOutput || lanes % 4 !== 0)
    return [`it adds up products two by two, and has no lanes along a sum`];
  if (combine !== "sum" || body.kind !== "binary" || body.op !== "mul" || body.dtype !== "i32")
    return [`it adds up products two by two, and there is no sum of products of integers`];
  return [];
}

/** Why sums cannot be taken in parts: what is reduced must be a sum, and parts whole tiles that cross no block. */
function partialProblems(
  { partialSums, split, fuse = {} }: Schedule,
  compute: Compute,
  kernel: Kernel,
  places: Places,
): string[] {
  if (partialSums === undefined) return [];
  const { axis, steps } = partialSums;
  const what = `it sums up ${axis} in parts of ${steps}`;
  const whole = compute.reduce.find(({ name }) => name === axis);
  if (compute.combine !== "sum" || whole === undefined)
    return [`${what}, which is no axis of a sum`];
  if (Object.values(fuse).some((group) => group.includes(axis)))
    return [`${what}, which is fused with others`];
  if (!Number.isSafeInteger(steps) || steps < 1 || whole.extent % steps !== 0)
    return [`${what}, which do not make up ${whole.extent}`];
  if (steps < whole.extent && steps % tileOf({ split }, axis) !== 0)
    return [`${what}, which cut a tile of ${tileOf({ split }, axis)}`];
  const { access } = accessesOf(kernel, compute, places);
  const crosses = allLoads(compute).some((load) => access(load)?.blocked?.axis === axis);
  return crosses && steps < whole.extent ? [`${what}, which lies in blocks`] : [];
}

/** Why the elements of an axis cannot be in groups: those must be whole, and of whole tiles. */
function groupProblems({ grouped, split }: Schedule, output: readonly Axis[]): string[] {
  if (grouped === undefined) return [];
  const { axis, elements } = grouped;
  const what = `it has groups of ${elements} of ${axis}`;
  const whole = output.find(({ name }) => name === axis);
  if (whole === undefined) return [`${what}, which is no axis of what is written`];
  if (!Number.isSafeInteger(elements) || elements < 1 || whole.extent % elements !== 0)
    return [`${what}, which do not make up ${whole.extent}`];
  const tile = tileOf({ split }, axis);
  return elements % tile !== 0 || elements === tile
    ? [`${what}, which are not several tiles of ${tile}`]
    : [];
}

/** Each copy of the output has all of them, however many of its steps are unrolled. */
function accumulatorProblems({ accumulators }: Schedule, { reduce }: Compute): string[] {
  if (accumulators === undefined) return [];
  const what = `it has ${accumulators} accumulators`;
  if (reduce.length === 0) return [`${what}, and nothing is reduced`];
  const isCount = Number.isSafeInteger(accumulators) && accumulators >= 1;
  return isCount && accumulators <= MOST_ACCUMULATORS
    ? []
    : [`${what}, the most are ${MOST_ACCUMULATORS}`];
}

/**
 * Why accumulators cannot be parked: what waits in the target for the epilogue must not be overwritten by it, nor
 * change its type.
 */
export function parkProblems(
  { epilogue, body, reduce, target }: Compute,
  kernel: Kernel,
  places: Places,
): string[] {
  if (epilogue === undefined || reduce.length === 0)
    return ["it parks accumulators, and there is no epilogue of a reduction"];
  if (epilogue.dtype !== body.dtype || !Object.hasOwn(places, target))
    return [`it parks ${body.dtype} accumulators in ${target}`];
  // An accumulator would be cut off where the result lies in fewer bits.
  if (target === "out" && body.dtype !== "f32" && body.dtype !== kernel.output.dtype)
    return [`it parks ${body.dtype} accumulators in ${kernel.output.dtype}`];
  const weights = weightSources(kernel);
  let reads = false;
  walkExpr(epilogue, (inner) => {
    if (inner.kind === "load" && !weights.has(inner.source)) reads = true;
  });
  return reads ? ["it parks accumulators where the epilogue may read"] : [];
}
