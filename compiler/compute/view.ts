/** Rearrangements that move no element: what of an op's output can be memory that is there already. */

/** How an op's output may be a part or a rearrangement of memory that is there already. */
export type View =
  /** out dims[i] = in dims[permutation[i]] */
  | { readonly kind: "permute"; readonly permutation: readonly number[] }
  /** out[i] = in[start + step · i] per dim */
  | {
      readonly kind: "slice";
      readonly starts: readonly number[];
      readonly steps: readonly number[];
    }
  /** the same elements in row-major order under other dims */
  | { readonly kind: "reshape" }
  /** the operands lie one after the other along an axis of the output */
  | { readonly kind: "concat"; readonly axis: number };
