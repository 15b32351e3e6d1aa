/** Where padding modes read instead of outside of a dimension. */

/** The index inside [0, dim) that a padding mode reads for one boundary: reflect does not repeat the edge. */
export function insideIndex(
  i: number,
  dim: number,
  mode: "reflect" | "replicate" | "circular",
): number {
  switch (mode) {
    case "replicate":
      return Math.min(dim - 1, Math.max(0, i));
    case "circular":
      return ((i % dim) + dim) % dim;
    case "reflect": {
      if (dim === 1) return 0;
      const period = 2 * (dim - 1);
      const folded = ((i % period) + period) % period;
      return folded < dim ? folded : period - folded;
    }
    default:
      return mode satisfies never;
  }
}
