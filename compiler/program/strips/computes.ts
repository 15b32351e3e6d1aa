/** Writes a chain of stages as one kernel: in each step every stage makes the rows that the next one reads. */
import {
  addIndex,
  axisIndex,
  constantIndex,
  scaleIndex,
  substituteExpr,
} from "../../compute/affine.js";
import { constant, load, mapCompute } from "../../compute/expr.js";
import type { Axis, Compute, Expr, Index, Kernel, Scalar, Temporary } from "../../compute/ir.js";
import { scalarOf } from "../../compute/ir.js";
import { mapExpr } from "../../compute/walk.js";
import type { Cut, Link, Stage } from "./link.js";
import { groupSteps, heights, type Group, type Rows, type Step, type Window } from "./steps.js";

/** Kernels that read one another in order, with names that none has for anything else. */
export interface Chain {
  readonly stages: readonly Stage[];
  /** One less than there are stages. */
  readonly links: readonly Link[];
  readonly cut: Cut;
  /** How dims of what is between stages nest, outermost first. */
  readonly order: readonly number[];
}

/** What lies between two stages, as they see it. */
interface Strip extends Temporary {
  readonly link: Link;
  /** Indices of the value as they are where rows begin at `base`. */
  at(index: readonly Index[], base: Index): readonly Index[];
}

/** Bytes of what is between stages, all of it together. */
export function stripBytes(chain: Chain, steps: readonly Step[]): number {
  return stripsOf(chain, steps).reduce(
    (sum, { dims }) => sum + 4 * dims.reduce((product, dim) => product * dim, 1),
    0,
  );
}

function stripsOf({ stages, links, cut, order }: Chain, steps: readonly Step[]): readonly Strip[] {
  const rows = heights(links, steps);
  return links.map((link, i): Strip => {
    const { output } = stages[i]!.part.kernel;
    const extents = output.dims.map((dim, d) => {
      if (cut.shared.includes(d)) return 1;
      return d === cut.rows ? rows[i]! : link.margin[d]![0] + dim + link.margin[d]![1];
    });
    return {
      name: link.source,
      dtype: scalarOf(output.dtype),
      dims: order.map((d) => extents[d]!),
      link,
      at: (index, base) =>
        order.map((d) => {
          if (cut.shared.includes(d)) return constantIndex(0);
          if (d === cut.rows) return addIndex(index[d]!, scaleIndex(base, -1));
          return addIndex(index[d]!, link.margin[d]![0]);
        }),
    };
  });
}

/** The kernel, over the inputs of all stages but what they leave to each other. */
export function stripKernel(chain: Chain, steps: readonly Step[]): Kernel {
  const { stages, cut } = chain;
  const strips = stripsOf(chain, steps);
  const groups = groupSteps(steps);
  const names = freshNames(stages);
  const last = stages.at(-1)!;
  const outer = cut.shared.map((d): Axis => ({
    name: names(`n${d}`),
    extent: last.part.kernel.output.dims[d]!,
  }));
  const [only, ...others] = groups;
  const apart = others.length === 0 && leavesNothing(only!.first, strips, cut, chain.order);
  const computes = groups.flatMap((group, number): readonly Compute[] => {
    const step: Axis = { name: names("strip"), extent: group.count };
    if (apart) outer.push(step);
    const inGroup = groupComputes(chain, strips, group, step, outer, number === 0);
    return apart ? inGroup : inGroup.map((compute) => ({ ...compute, scan: [step] }));
  });
  const inner = new Set(strips.map(({ name }) => name));
  return {
    outer,
    inputs: unique(stages.flatMap(({ part }) => part.kernel.inputs)).filter(
      ({ name }) => !inner.has(name),
    ),
    constants: unique(stages.flatMap(({ part }) => part.kernel.constants)),
    temporaries: strips.map(({ name, dtype, dims }) => ({ name, dtype, dims })),
    computes: apart ? computes : [...strips.map(fillWhole), ...computes],
    output: last.part.kernel.output,
  };
}

function unique<T extends { readonly name: string }>(all: readonly T[]): readonly T[] {
  return all.filter((one, i) => all.findIndex(({ name }) => name === one.name) === i);
}

/** Whether each step makes all that is between stages anew: its rows are then nobody else's. */
function leavesNothing(
  { rows, windows }: Step,
  strips: readonly Strip[],
  { rows: d }: Cut,
  order: readonly number[],
): boolean {
  return strips.every(({ link, dims }, i) => {
    const whole = rows[i]!.to - rows[i]!.from === dims[order.indexOf(d)];
    const inside = link.margin.every(([before, after]) => before + after === 0);
    return whole && inside && windows[i]?.keep === 0;
  });
}

/** Names that no axis of a stage has. */
function freshNames(stages: readonly Stage[]): (wanted: string) => string {
  const taken = new Set(
    stages.flatMap(({ compute }) => [...compute.axes, ...compute.reduce].map(({ name }) => name)),
  );
  return (wanted) => {
    let name = wanted;
    for (let i = 2; taken.has(name); i++) name = `${wanted}_${i}`;
    taken.add(name);
    return name;
  };
}

/** What a step of a group runs: of each stage what moves up, what is filled in, and the rows that are new. */
function groupComputes(
  chain: Chain,
  strips: readonly Strip[],
  { count, first, advance }: Group,
  step: Axis,
  outer: readonly Axis[],
  isFirst: boolean,
): readonly Compute[] {
  const along = (from: number, by: number): Index =>
    count === 1 || by === 0 ? constantIndex(from) : addIndex(scaleIndex(axisIndex(step), by), from);
  const bases = strips.map(({ link }, i): Index | undefined => {
    const window = first.windows[i];
    return window && along(window.base, link.stride * advance[i + 1]!);
  });
  const at = chain.order.indexOf(chain.cut.rows);
  return chain.stages.flatMap((stage, i): readonly Compute[] => {
    const { from, to } = first.rows[i]!;
    const [window, strip] = [first.windows[i], strips[i]];
    const before =
      strip === undefined || window === undefined
        ? []
        : // What is in memory before the first step is filled in as a whole.
          rowsBefore(isFirst && count === 1 ? { ...window, filled: [] } : window, strip, at);
    if (from === to) return before;
    const [read, base] = [strips[i - 1], bases[i - 1]];
    const reading = read && base && { strip: read, base };
    const writing = strip && { strip, base: bases[i]! };
    const rows = along(from, advance[i]!);
    return [...before, stageCompute(stage, { rows, count: to - from }, outer, reading, writing)];
  });
}

interface Between {
  readonly strip: Strip;
  readonly base: Index;
}

/** A stage over some of its rows. */
function stageCompute(
  { compute, axis, shared }: Stage,
  { rows, count }: { readonly rows: Index; readonly count: number },
  outer: readonly Axis[],
  reading: Between | undefined,
  writing: Between | undefined,
): Compute {
  const moved = new Map<string, Index>([
    [axis, addIndex(axisIndex(axis), rows)],
    ...shared.map((name, i) => [name, axisIndex(outer[i]!)] as const),
  ]);
  const inExpr = (expr: Expr): Expr => {
    const placed = substituteExpr(expr, moved);
    if (reading === undefined) return placed;
    const { strip, base } = reading;
    return mapExpr(placed, (inner) =>
      inner.kind === "load" && inner.source === strip.name
        ? load(strip.name, strip.at(inner.index, base), inner.dtype)
        : undefined,
    );
  };
  const own = compute.index.map((index): Index => {
    const [term] = index.terms;
    const to = typeof term?.of === "string" ? moved.get(term.of) : undefined;
    return to ?? index;
  });
  const index = writing === undefined ? own : writing.strip.at(own, writing.base);
  const axes = compute.axes
    .filter(({ name }) => !shared.includes(name))
    .map((one) => (one.name === axis ? { ...one, extent: count } : one));
  return {
    ...mapCompute(compute, inExpr),
    target: writing?.strip.name ?? "out",
    axes,
    index,
  };
}

/** Rows of a strip that are there already move up to where they are read now; those that are none are filled in. */
function rowsBefore(
  { base, keep, shift, filled }: Window,
  strip: Strip,
  at: number,
): readonly Compute[] {
  const moves = keep > 0 && shift > 0 ? [overRows(strip, at, { from: 0, to: keep }, shift)] : [];
  return [
    ...moves,
    ...filled.map(({ from, to }) => overRows(strip, at, { from: from - base, to: to - base })),
  ];
}

/** Writes rows of a strip: what is `shift` rows further down, or what is beyond the edges. */
function overRows(strip: Strip, at: number, { from, to }: Rows, shift?: number): Compute {
  const { name, dtype, dims } = strip;
  const axes = dims.map((dim, d): Axis => ({ name: `i${d}`, extent: d === at ? to - from : dim }));
  const index = axes.map((axis, d) => addIndex(axisIndex(axis), d === at ? from : 0));
  const further = index.map((one, d) => addIndex(one, d === at ? (shift ?? 0) : 0));
  const body = shift === undefined ? fillOf(strip, dtype) : load(name, further, dtype);
  return { target: name, axes, reduce: [], body, index };
}

function fillWhole(strip: Strip): Compute {
  return overRows(strip, 0, { from: 0, to: strip.dims[0]! });
}

function fillOf({ link }: Strip, dtype: Scalar): Expr {
  return constant(link.fill ?? 0, dtype);
}
