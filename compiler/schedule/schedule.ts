/** The order in which a Compute's iterations run, as data that a target chooses. */

export interface Schedule {
  /** Merges neighbouring axes, outer to inner, into one long loop named by the key. */
  readonly fuse?: Readonly<Record<string, readonly string[]>>;
  /**
   * Splits of an axis, outer to inner; what is left over is a serial loop. `unroll` copies the body
   * (on an output axis: a register tile), `vector` runs over lanes and comes last.
   */
  readonly split: Readonly<Record<string, readonly Split[]>>;
  /** Serial loops, outermost first: all output axes, then all reduce axes. */
  readonly order: readonly string[];
  /** 1, or the lanes of every vector split. */
  readonly lanes: number;
  /**
   * Whether a tile's accumulators are stored as they are and read again one by one for the epilogue, so that
   * its registers are not taken from them. The epilogue may read nothing that lies where the target does.
   */
  readonly park?: boolean;
  /**
   * Sums start anew after so many steps of a reduce axis, and what they came to is added up: a sum of n numbers in
   * one accumulator is off by about √n roundings, in parts by the square root of a part's length. The axis is none
   * that fuses, and a whole number of parts.
   */
  readonly partialSums?: { readonly axis: string; readonly steps: number };
  /**
   * So many elements of an output axis at a time, in a loop outside of all others: the axis is a whole number of such
   * groups, and a group several tiles.
   */
  readonly grouped?: { readonly axis: string; readonly elements: number };
  /**
   * Unrolled steps of a reduction take turns among so many accumulators, which are joined at the end: with one, each
   * step waits for the one before.
   */
  readonly accumulators?: number;
  /**
   * Whether lanes run along a sum of products of integers that 16 bits hold, two neighbours of which are multiplied
   * and added up at once: sums have half as many lanes.
   */
  readonly dots?: true;
  /**
   * Whether neighbouring vectors are stored two by two, after all that both read: an engine that has wider
   * registers can make one instruction of the two.
   */
  readonly pairs?: true;
  /**
   * Whether values of tables are written as numbers where unrolling fixes which they are. Where one is 0, what it
   * is multiplied with is not read: 0 · x is 0 of an infinite x, too.
   */
  readonly foldTables?: boolean;
  /**
   * Whether vectors whose lanes lie apart, where unrolled copies beside them lie one after the other, go through
   * memory turned: squares of lanes by copies are whole vectors there.
   */
  readonly turnSquares?: boolean;
}

export interface Split {
  readonly factor: number;
  readonly kind: "unroll" | "vector";
}

/** The elements of an axis that one iteration of its serial loop covers. */
export function tileOf(schedule: Pick<Schedule, "split">, axis: string): number {
  return (schedule.split[axis] ?? []).reduce((product, split) => product * split.factor, 1);
}
