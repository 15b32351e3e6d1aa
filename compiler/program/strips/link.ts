/** Says of two kernels how the second reads rows of the first: whether it can do so while the first has not made all of them. */
import { extentsOf, intervalOf } from "../../compute/affine.js";
import type { Boundary, Compute, Index, Kernel } from "../../compute/ir.js";
import { allLoads, loads as readsSource } from "../../compute/loads.js";
import { axesInScope } from "../../compute/scan.js";
import { bytesOf, storageOf } from "../../loop/storage.js";
import { sameBoundary } from "../../place/access.js";
import type { Margin } from "../../place/place.js";
import { isAffine } from "../../compute/walk.js";
import { choosesPlaces } from "../fuse/substitute.js";
import type { Part } from "../fuse/part.js";

/** A kernel of one Compute whose output's dimension `rows` is one of its axes. */
export interface Stage {
  readonly part: Part;
  readonly compute: Compute;
  /** The axis that runs over rows, and how many there are. */
  readonly axis: string;
  readonly rows: number;
  /** The axis of each dimension that all stages go through together, outside of rows. */
  readonly shared: readonly string[];
}

/** How a stage reads what the one before it computes. */
export interface Link {
  readonly source: string;
  /** For its row i it reads rows stride · i + first, and so many from there on; some may be beyond the edges. */
  readonly stride: number;
  readonly first: number;
  readonly span: number;
  /** What it reads beyond the edges of the other dimensions, and what it finds there and in rows that are none. */
  readonly margin: Margin;
  readonly fill: number | undefined;
}

/** Which dimension of outputs is cut into rows, and which are gone through outside of them. */
export interface Cut {
  readonly rows: number;
  readonly shared: readonly number[];
}

/** A part as a stage; undefined where it is none. */
export function stageOf(part: Part, cut: Cut): Stage | undefined {
  const { outer, temporaries, computes, output } = part.kernel;
  const [compute, ...more] = computes;
  if (compute === undefined || more.length > 0 || compute.scan !== undefined) return undefined;
  if (outer.length > 0 || temporaries.length > 0 || compute.target !== "out") return undefined;
  // A single row is no row of a strip: there is nothing to go through.
  if (output.dims[cut.rows]! < 2) return undefined;
  const axis = axisAlong(compute, cut.rows, output.dims);
  const shared = cut.shared.map((d) => axisAlong(compute, d, output.dims));
  if (axis === undefined || !shared.every((one) => one !== undefined)) return undefined;
  return { part, compute, axis, rows: output.dims[cut.rows]!, shared };
}

/** The axis that goes through a dimension of the output, and through no other. */
function axisAlong(compute: Compute, d: number, dims: readonly number[]): string | undefined {
  const [term, ...others] = compute.index[d]?.terms ?? [];
  if (others.length > 0 || typeof term?.of !== "string" || term.coefficient !== 1) return undefined;
  if (compute.index[d]!.constant !== 0) return undefined;
  const axis = compute.axes.find(({ name }) => name === term.of);
  const elsewhere = compute.index.some(
    (index, other) => other !== d && index.terms.some(({ of }) => of === term.of),
  );
  return axis?.extent === dims[d] && !elsewhere ? axis!.name : undefined;
}

/** How a stage reads `source`, a value of these dims; undefined where it needs all of it at once. */
export function linkOf(
  stage: Stage,
  source: string,
  dims: readonly number[],
  cut: Cut,
): Link | undefined {
  const { compute, part } = stage;
  const loads = allLoads(compute).flatMap((load) =>
    load.kind === "load" && load.source === source ? [load] : [],
  );
  if (choosesPlaces(compute, source)) return undefined;
  if (!loads.every(({ index }) => index.every(isAffine))) return undefined;
  const extents = extentsOf(axesInScope(part.kernel, compute));
  const reads = loads.map(({ index }) => rowsOf(index[cut.rows]!, stage.axis, extents));
  const [first] = reads;
  if (first === undefined || reads.some((one) => one?.stride !== first.stride)) return undefined;
  const together = loads.every(({ index }) =>
    cut.shared.every((d, i) => isAxis(index[d]!, stage.shared[i]!)),
  );
  const fill = fillOf(loads.map(({ boundary }) => boundary));
  if (!together || fill === "none") return undefined;
  const from = Math.min(...reads.map((one) => one!.from));
  const to = Math.max(...reads.map((one) => one!.to));
  const margin = dims.map((dim, d): readonly [number, number] => {
    if (d === cut.rows || cut.shared.includes(d)) return [0, 0];
    const ranges = loads.map(({ index }) => intervalOf(index[d]!, extents));
    return [
      Math.max(0, ...ranges.map(({ min }) => -min)),
      Math.max(0, ...ranges.map(({ max }) => max - dim + 1)),
    ];
  });
  return { source, stride: first.stride, first: from, span: to - from + 1, margin, fill };
}

/** Rows that an index goes through for row 0 of a stage, and how far apart they are for the next one. */
function rowsOf(
  { terms, constant }: Index,
  axis: string,
  extents: ReadonlyMap<string, number>,
): { readonly stride: number; readonly from: number; readonly to: number } | undefined {
  const own = terms.find(({ of }) => of === axis);
  if (own === undefined || own.coefficient < 1) return undefined;
  const others = terms.filter((term) => term !== own);
  const { min, max } = intervalOf({ terms: others, constant }, extents);
  return { stride: own.coefficient, from: min, to: max };
}

function isAxis({ terms, constant }: Index, axis: string): boolean {
  const [term, ...others] = terms;
  return constant === 0 && others.length === 0 && term?.of === axis && term.coefficient === 1;
}

/** The number that all loads find beyond the edges: undefined where none goes there, "none" where they differ. */
function fillOf(boundaries: readonly (Boundary | undefined)[]): number | "none" | undefined {
  const said = boundaries.filter((one) => one !== undefined);
  const [first] = said;
  if (first === undefined) return undefined;
  if (first.mode !== "constant" || !said.every((one) => sameBoundary(one, first))) return "none";
  return first.value;
}

/** Whether a sum is of products of integers of few bits, which engines multiply several at once: in rows of a strip they have 32. */
export function multipliesNarrow({ inputs, computes }: Kernel, source: string): boolean {
  const { type } = inputs.find(({ name }) => name === source)!;
  if (bytesOf(storageOf(type.dtype)) === 4) return false;
  return computes.some(
    ({ combine, body }) =>
      combine === "sum" &&
      body.dtype === "i32" &&
      body.kind === "binary" &&
      readsSource(body, source),
  );
}
