/**
 * Which part of a model's inputs a value sees, read off the indices that its nodes load: right for every op,
 * stride, dilation, branch and reshape, because no op is known by name here.
 */
import type { Operand } from "../graph/definition.js";
import type { Graph } from "../graph/graph.js";
import { allLoads } from "../compute/loads.js";
import type { Compute, Expr, Kernel } from "../compute/ir.js";
import { fail } from "../base/error.js";
import { suggestion } from "../base/suggest.js";
import { formatType, type TensorType } from "../base/tensor.js";
import { typesOf } from "../graph/operandTypes.js";
import { nodeKernels, type NodeKernel } from "./kernels.js";
import { atSpan, composeSpans, joinSpans, type Span } from "./span.js";
import { stepSpan } from "./step.js";

/** Along one spatial axis of an input, in its pixels: neighbours' fields start `stride` apart. */
export interface FieldAxis {
  /** The dim of the value along which fields move; absent where every element sees the same. */
  readonly dim?: number;
  /** Pixels that one element can see; padding counts where a field overlaps it. */
  readonly size: number;
  /** 0 where every element sees the same. */
  readonly stride: number;
  /** The first pixel that the element at 0 sees; negative inside padding. */
  readonly start: number;
}

/** The receptive field of a value in one input of rank 3 or more, per spatial axis (dims 2 and up). */
export interface ReceptiveField {
  readonly input: string;
  readonly axes: readonly FieldAxis[];
}

/** The first inputs of rank 3 or more that are followed: a field in each of many would be as many for every node. */
const MOST_INPUTS = 16;

/** Per input, the span of each of its spatial dims. */
type Spans = ReadonlyMap<string, readonly Span[]>;

/** The receptive fields of every node; a node that sees no input has none. */
export function receptiveFields(graph: Graph): ReadonlyMap<string, readonly ReceptiveField[]> {
  const spans = spansOf(graph, MOST_INPUTS, false);
  return new Map(
    graph.nodes.map(({ name }) => {
      const fields = [...(spans.get(`%${name}`) ?? [])].map(([input, axes]) => ({
        input,
        axes: axes.map(fieldAxis),
      }));
      return [name, fields];
    }),
  );
}

/** What a value sees of an input of rank 3 or more, per spatial axis: exactly, borders respected. */
export interface SeenSpans {
  readonly input: string;
  readonly axes: readonly Span[];
}

/** The same as `receptiveFields` where no formula is wanted, but what each position sees. */
export function spansSeen(graph: Graph): ReadonlyMap<string, readonly SeenSpans[]> {
  const spans = spansOf(graph, MOST_INPUTS, true);
  return new Map(
    graph.nodes.map(({ name }) => [
      name,
      [...(spans.get(`%${name}`) ?? [])].map(([input, axes]) => ({ input, axes })),
    ]),
  );
}

/** The pixels of one input that an element sees: first and last per spatial axis, inside the input. */
export interface SeenRegion {
  readonly input: string;
  readonly from: readonly number[];
  readonly to: readonly number[];
}

/**
 * What the element of a node at `position` (one coordinate per dim) sees of each input: the smallest box
 * around it, borders respected. Throws CompileError `usage` for a node or position that does not exist.
 */
export function inputsSeen(
  graph: Graph,
  node: string,
  position: readonly number[],
): readonly SeenRegion[] {
  const names = graph.nodes.map(({ name }) => name);
  const { type } =
    graph.nodes[names.indexOf(node)] ??
    fail("usage", `'${node}': there is no such layer`, suggestion(node, names));
  const inside = position.every((at, d) => at >= 0 && at < type.dims[d]!);
  if (position.length !== type.dims.length || !inside)
    fail("usage", `${position.join(",")} is not inside '${node}', ${formatType(type)}`);
  const regions =
    spansOf(graph, Infinity, true).get(`%${node}`) ?? new Map<string, readonly Span[]>();
  return [...regions].flatMap(([input, axes]) => {
    const seen = axes.map((span) => atSpan(span, span.dim === undefined ? 0 : position[span.dim]!));
    if (seen.some(({ low, high }) => low > high)) return [];
    return [{ input, from: seen.map(({ low }) => low), to: seen.map(({ high }) => high) }];
  });
}

function fieldAxis(span: Span): FieldAxis {
  let size = 0;
  span.low.forEach((low, p) => (size = Math.max(size, span.high[p]! - low + 1)));
  const { dim, stride, low } = span;
  return { ...(dim === undefined ? {} : { dim }), size, stride, start: low[0]! };
}

/** Spans of all values, in order, in as many inputs; `clipped` holds them inside every value on the way. */
function spansOf(graph: Graph, most: number, clipped: boolean): ReadonlyMap<Operand, Spans> {
  const types = typesOf(graph);
  const spans = new Map<Operand, Spans>();
  const images = graph.inputs.filter(({ type }) => type.dims.length > 2);
  for (const { name, type } of images.slice(0, most)) {
    const axes = type.dims.slice(2).map((extent, i): Span => {
      const positions = Array.from({ length: extent }, (_, p) => p);
      return { dim: i + 2, low: positions, high: positions, stride: 1 };
    });
    spans.set(`%${name}`, new Map([[name, axes]]));
  }
  for (const one of nodeKernels(graph)) {
    const result = nodeSpans(one, spans, types, clipped);
    if (result.size > 0) spans.set(`%${one.node.name}`, result);
  }
  return spans;
}

function nodeSpans(
  { node, kernel, operands }: NodeKernel,
  known: ReadonlyMap<Operand, Spans>,
  types: ReadonlyMap<Operand, TensorType>,
  clipped: boolean,
): Spans {
  const result = new Map<string, readonly Span[]>();
  for (const { load, compute } of operandLoads(kernel)) {
    const operand = operands.get(load.source);
    const spans = operand === undefined ? undefined : known.get(operand);
    if (operand === undefined || spans === undefined) continue;
    const { dims } = types.get(operand)!;
    const steps = new Map<number, Span>();
    const stepAlong = (dim: number): Span => {
      let step = steps.get(dim);
      if (step === undefined) {
        step = stepSpan(load.index[dim]!, compute, kernel, node.type.dims);
        steps.set(dim, step);
      }
      return step;
    };
    for (const [input, axes] of spans) {
      const seen = axes.map((span) =>
        span.dim === undefined
          ? span
          : composeSpans(span, stepAlong(span.dim), clipped ? dims[span.dim] : undefined),
      );
      const before = result.get(input);
      result.set(
        input,
        before === undefined ? seen : before.map((one, i) => joinSpans(one, seen[i]!)),
      );
    }
  }
  return result;
}

interface OperandLoad {
  readonly load: Extract<Expr, { kind: "load" }>;
  readonly compute: Compute;
}

function operandLoads(kernel: Kernel): OperandLoad[] {
  const inputs = new Set(kernel.inputs.map(({ name }) => name));
  return kernel.computes.flatMap((compute) =>
    allLoads(compute).flatMap((load) =>
      load.kind === "load" && inputs.has(load.source) ? [{ load, compute }] : [],
    ),
  );
}
