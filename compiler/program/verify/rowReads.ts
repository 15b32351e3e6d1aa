/** Says whether one row that is computed in strips reads from memory what it would have read of the whole value. */
import { extentsOf, intervalOf } from "../../compute/affine.js";
import type { Compute, Index, Kernel, Load } from "../../compute/ir.js";
import { axesInScope } from "../../compute/scan.js";
import { isAffine } from "../../compute/walk.js";
import type { Pairs } from "./pairs.js";
import { coefficientOf, isConstant, sameAt, shifted, valueAt, type Steps } from "./rowIndex.js";

/** A kernel that became a part of another, and what its sources are called there. */
export interface Member {
  readonly kernel: Kernel;
  readonly renamed: ReadonlyMap<string, string>;
  /** The source that is a temporary now; absent in the first. */
  readonly reads?: string;
}

/** What a row of memory holds: a row of the value, what is beyond its edges, or nothing that anybody knows. */
export type Held = number | "fill" | undefined;

/** What is in the memory between two members. */
export interface Memory {
  readonly rows: Held[];
  /** The number beyond the edges, once all of it has been written. */
  fill?: number;
  /** Elements before the value in each of its dims, as whoever writes there has it. */
  margin?: readonly number[];
}

/** By which dims of a value memory goes, and which of them are its rows. */
export interface Layout {
  readonly rows: number;
  readonly shared: readonly number[];
  readonly order: readonly number[];
}

/** A kernel of strips while its steps are followed. */
export interface RowContext {
  readonly kernel: Kernel;
  readonly members: readonly Member[];
  readonly layout: Layout;
  /** Of each temporary: between each member and the next, once for every band. */
  readonly memory: readonly Memory[];
}

/** A row of a Compute: which row of its value that is, and where steps and axes stand. */
interface At {
  readonly compute: Compute;
  readonly axis: string;
  readonly row: number;
  readonly here: Steps;
}

/** Which row a Compute means, by the first index that says so. */
export function rowMeant(
  pairs: Pairs,
  axis: string,
  here: Steps,
  member: Member,
  before: Memory | undefined,
  layout: Layout,
): number | undefined {
  const at = layout.order.indexOf(layout.rows);
  for (const [meant, own] of pairs.indices) {
    const stride = coefficientOf(meant, axis);
    if (stride !== 0) return (valueAt(own, here) - meant.constant) / stride;
  }
  for (const [meant, own] of pairs.moved) {
    const index = meant.index[layout.rows]!;
    const reach = reachOf(index, axis, member);
    const local = valueAt(own.index[at]!, here);
    for (const q of reach) {
      const held = before?.rows[local + q];
      if (typeof held === "number") return (held - index.constant - q) / coefficientOf(index, axis);
    }
  }
  return undefined;
}

/** What axes other than that of rows add to an index. */
function reachOf(index: Index, axis: string, { kernel }: Member): readonly number[] {
  const extents = extentsOf(axesInScope(kernel, kernel.computes[0]!));
  return index.terms
    .filter(({ of }) => of !== axis)
    .reduce<readonly number[]>(
      (sums, { of, coefficient }) =>
        sums.flatMap((sum) =>
          Array.from({ length: extents.get(String(of)) ?? 0 }, (_, i) => sum + coefficient * i),
        ),
      [0],
    );
}

/** Whether a load finds in memory what the member reads of the whole value. */
export function readProblem(
  [meant, own]: readonly [Load, Load],
  { compute, axis, row, here }: At,
  position: number,
  { kernel, members, layout, memory: all }: RowContext,
): string | undefined {
  const { rows: cut, order, shared } = layout;
  const memory = all[position]!;
  const { dims } = kernel.temporaries[position]!;
  const number = position % (members.length - 1);
  const value = members[number]!.kernel.output.dims;
  const { boundary } = meant;
  const fills = boundary?.mode === "constant" && Object.is(boundary.value, memory.fill);
  const extents = extentsOf(axesInScope(kernel, compute));
  if (![...meant.index, ...own.index].every(isAffine)) return "reads where it pleases";
  for (const [p, d] of order.entries()) {
    const [a, b] = [meant.index[d]!, own.index[p]!];
    if (d === cut) continue;
    if (shared.includes(d)) {
      if (!isConstant(b, 0)) return "reads another image";
      continue;
    }
    const margin = memory.margin?.[d] ?? 0;
    const range = intervalOf(b, extents);
    if (
      !sameAt(shifted(a, margin), b, axis, row, here, new Map()) ||
      range.min < 0 ||
      range.max >= dims[p]!
    )
      return "reads beside what it means";
    const [first, last] = [range.min - margin, range.max - margin];
    if ((first < 0 || last >= value[d]!) && !fills) return "finds something else beyond the edges";
  }
  const index = meant.index[cut]!;
  const at = coefficientOf(index, axis) * row + index.constant;
  const local = valueAt(own.index[order.indexOf(cut)]!, here);
  for (const q of reachOf(index, axis, members[number + 1]!)) {
    const held = memory.rows[local + q];
    const inside = at + q >= 0 && at + q < value[cut]!;
    if (inside ? held !== at + q : !(held === "fill" && fills))
      return `finds ${held === undefined ? "nothing" : held} where row ${at + q} should be`;
  }
  return undefined;
}
