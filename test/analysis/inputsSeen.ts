/** What one element of a value sees of the inputs, by the spans that receptive fields are read off. */
import { spansOf } from "../../compiler/analysis/receptiveField.js";
import { atSpan, type Span } from "../../compiler/analysis/span.js";
import type { Graph } from "../../compiler/graph/graph.js";

/** The pixels of one input that an element sees: first and last per spatial axis, inside the input. */
export interface SeenRegion {
  readonly input: string;
  readonly from: readonly number[];
  readonly to: readonly number[];
}

/**
 * What the element of a node at `position` (one coordinate per dim) sees of each input: the smallest box
 * around it, borders respected.
 */
export function inputsSeen(
  graph: Graph,
  node: string,
  position: readonly number[],
): readonly SeenRegion[] {
  const regions = spansOf(graph, true).get(`%${node}`) ?? new Map<string, readonly Span[]>();
  return [...regions].flatMap(([input, axes]) => {
    const seen = axes.map((span) => atSpan(span, span.dim === undefined ? 0 : position[span.dim]!));
    if (seen.some(({ low, high }) => low > high)) return [];
    return [{ input, from: seen.map(({ low }) => low), to: seen.map(({ high }) => high) }];
  });
}
