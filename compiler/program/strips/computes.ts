/** Writes a chain of stages as one kernel: in each step every stage makes the rows that the next one reads. */
import {
  addIndex,
  axisIndex,
  constantIndex,
  scaleIndex,
  substituteExpr,
} from "../../compute/affine.js";
import { constant, load, mapCompute } from "../../compute/expr.js";
import type { Axis, Compute, Expr, Index, Kernel, Scalar } from "../../compute/ir.js";
import { mapExpr } from "../../compute/walk.js";
import { stripsOf, type Chain, type Strip } from "./chain.js";
import type { Cut, Stage } from "./link.js";
import { groupSteps, type Band, type Group, type Rows, type Step, type Window } from "./steps.js";

/** The kernel, over the inputs of all stages but what they leave to each other; bands have memory of their own. */
export function stripKernel(chain: Chain, bands: readonly Band[]): Kernel {
  const { stages, cut } = chain;
  const names = freshNames(stages);
  const last = stages.at(-1)!;
  const outer = cut.shared.map((d): Axis => ({
    name: names(`n${d}`),
    extent: last.part.kernel.output.dims[d]!,
  }));
  const inputs = unique(stages.flatMap(({ part }) => part.kernel.inputs));
  const constants = unique(stages.flatMap(({ part }) => part.kernel.constants));
  const sources = freshOf([...inputs, ...constants].map(({ name }) => name));
  const parts = bands.map((steps, number) => {
    const strips = stripsOf(chain, steps, ({ source }) =>
      number === 0 ? source : sources(source),
    );
    return { strips, groups: groupSteps(steps) };
  });
  const apart = parts.length === 1 && isApart(parts[0]!, chain);
  const computes = parts.flatMap(({ strips, groups }) => {
    const inSteps = groups.flatMap((group, number): readonly Compute[] => {
      const step: Axis = { name: names("strip"), extent: group.count };
      if (apart) outer.push(step);
      const inGroup = groupComputes(chain, strips, group, step, outer, number === 0);
      return apart ? inGroup : inGroup.map((compute) => ({ ...compute, scan: [step] }));
    });
    return apart ? inSteps : [...strips.map(fillWhole), ...inSteps];
  });
  const between = new Set(chain.links.map(({ source }) => source));
  return {
    outer,
    inputs: inputs.filter(({ name }) => !between.has(name)),
    constants,
    temporaries: parts.flatMap(({ strips }) =>
      strips.map(({ name, dtype, dims }) => ({ name, dtype, dims })),
    ),
    computes,
    output: last.part.kernel.output,
  };
}

/** Whether a band is one loop, whose steps leave nothing for each other. */
export function isOneLoop(chain: Chain, steps: Band): boolean {
  const strips = stripsOf(chain, steps, ({ source }) => source);
  return isApart({ strips, groups: groupSteps(steps) }, chain);
}

function isApart(
  { strips, groups: [only, ...others] }: { strips: readonly Strip[]; groups: readonly Group[] },
  { cut, order }: Chain,
): boolean {
  return others.length === 0 && leavesNothing(only!.first, strips, cut, order);
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
  return freshOf(
    stages.flatMap(({ compute }) => [...compute.axes, ...compute.reduce].map(({ name }) => name)),
  );
}

/** Names that are none of these, and none twice. */
function freshOf(known: readonly string[]): (wanted: string) => string {
  const taken = new Set(known);
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
      inner.kind === "load" && inner.source === strip.link.source
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
