/** What positions of layers see of inputs, wherever start, stride and size do not say it of all of them. */
import { spansSeen, type FieldAxis } from "../analysis/receptiveField.js";
import type { Span } from "../analysis/span.js";
import type { SummaryRow } from "../analysis/summary.js";
import type { Graph } from "../graph/graph.js";
import type { SeenAxis, SeenByLayer } from "./data.js";
import { alongAxis } from "./receptive.js";

/** Of a graph after infer-shapes, beside its summary: elements of vectors are not told apart. */
export function fieldsOf(graph: Graph, layers: readonly SummaryRow[]): SeenByLayer[] {
  const spans = spansSeen(graph);
  const lengths = new Map(graph.inputs.map(({ name, type }) => [name, type.dims.slice(2)]));
  return layers.flatMap(({ name, dims, receptiveFields }) =>
    (spans.get(name) ?? []).flatMap(({ input, axes }): SeenByLayer[] => {
      const exact = axes.map((span) => seenAlong(span, dims.length < 3));
      const formula = receptiveFields.find((field) => field.input === input)!.axes;
      const isSaid = exact.every((axis, d) => says(formula[d]!, axis, lengths.get(input)![d]!));
      return isSaid ? [] : [{ layer: name, input, axes: exact }];
    }),
  );
}

function seenAlong({ dim, low, high }: Span, together: boolean): SeenAxis {
  const isEmpty = low.map((first, p) => first > high[p]!);
  const from = low.map((first, p) => (isEmpty[p]! ? 0 : first));
  const to = high.map((last, p) => (isEmpty[p]! ? -1 : last));
  if (!together || dim === undefined) return { ...(dim === undefined ? {} : { dim }), from, to };
  const least = low.reduce((all, one) => Math.min(all, one), Infinity);
  const most = high.reduce((all, one) => Math.max(all, one), -Infinity);
  return least > most ? { from: [0], to: [-1] } : { from: [least], to: [most] };
}

function says(formula: FieldAxis, exact: SeenAxis, length: number): boolean {
  if (formula.dim !== exact.dim) return false;
  return exact.from.every((first, at) => {
    const [from, to] = alongAxis(formula, at, length);
    const last = exact.to[at]!;
    return first > last ? from > to : from === first && to === last;
  });
}
