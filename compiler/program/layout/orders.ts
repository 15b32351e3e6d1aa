/**
 * choose-orders: how the dims of each value nest in memory. Channels last where ops over [n, c, spatial…] like it,
 * else row-major; a view has the order that it sees in what it is a view of, so that it need not move.
 */
import type { View } from "../../compute/view.js";
import {
  channelsLast,
  isRowMajor,
  reshapeStrides,
  rowMajor,
  stridesInOrder,
} from "../../place/views.js";
import { elementCount } from "../../base/tensor.js";
import type { Program, ProgramKernel, Value, ValueId } from "../program.js";
import { givenPorts, wantedPorts } from "../ports.js";
import type { LayoutChoices } from "./choices.js";
import { readersOf, viewed, type Readers } from "./readers.js";
import { orderFor } from "./wanted.js";

/** Dims from the outermost to the innermost, by value; undefined where nothing is known yet. */
type Orders = (readonly number[] | undefined)[];

export function chooseOrders(program: Program, target: LayoutChoices): Program {
  const orders: Orders = program.values.map(() => undefined);
  for (const { value, type } of givenPorts(program)) orders[value] = rowMajor(type.dims.length);
  const outputs = new Set(wantedPorts(program).map(({ value }) => value));
  const readers = readersOf(program);
  const behind = ordersBehindViews(program, readers);
  const context: Context = { orders, readers, behind, fixed: viewsOfInputs(program) };
  for (const kernel of program.kernels) {
    const { output } = kernel;
    const rowMajorOnly = outputs.has(output) || target.activations === "row-major";
    orders[output] =
      program.values[output]!.order ??
      (rowMajorOnly
        ? rowMajor(kernel.kernel.output.dims.length)
        : mergedByReaders(kernel, preferredOrder(kernel, context), context));
  }
  const values = program.values.map((value, id): Value => {
    const order = orders[id];
    return order === undefined ? value : { ...value, order };
  });
  return { ...program, values };
}

interface Context extends Wishes {
  readonly orders: Orders;
  /** Inputs and what is a view of them: whoever calls the model says how they lie. */
  readonly fixed: ReadonlySet<ValueId>;
}

/** Inputs and states, and what is a view of one through any number of others. */
export function viewsOfInputs(program: Program): ReadonlySet<ValueId> {
  const fixed = new Set(givenPorts(program).map(({ value }) => value));
  for (const kernel of program.kernels)
    if (kernel.view !== undefined && kernel.view.kind !== "concat" && fixed.has(viewed(kernel)))
      fixed.add(kernel.output);
  return fixed;
}

function preferredOrder(kernel: ProgramKernel, context: Context): readonly number[] {
  const { orders, readers, fixed } = context;
  const { output } = kernel;
  const { dims } = kernel.kernel.output;
  const wanted = orderWanted(output, dims.length, context);
  const seen = orderSeen(kernel, orders);
  // What looks at an input is moved where it lies badly for a reader: there is no better moment.
  const direct = orderWanted(output, dims.length, { readers, behind: [] });
  if (seen !== undefined)
    return fixed.has(output) && dims[1] !== 1 && !isRowMajor(direct) ? direct : seen;
  if (kernel.layout === "channels-last") return channelsLast(dims.length);
  const inherited = kernel.layout === "operand" ? inheritedOrder(kernel, orders) : undefined;
  return inherited === undefined || isRowMajor(inherited) ? wanted : inherited;
}

/** The largest operand of as many dims decides: a broadcast one says nothing about the rest. */
function inheritedOrder(kernel: ProgramKernel, orders: Orders): readonly number[] | undefined {
  let largest = 0;
  let order: readonly number[] | undefined;
  for (const { name, type } of kernel.kernel.inputs) {
    const known = orders[kernel.operands[name]!];
    const size = elementCount(type.dims);
    if (known?.length !== kernel.kernel.output.dims.length || size <= largest) continue;
    largest = size;
    order = known;
  }
  return order;
}

/** What the readers of a value would like best. */
function orderWanted(value: ValueId, rank: number, { readers, behind }: Wishes): readonly number[] {
  const reader = readers[value]!.find(({ layout }) => layout === "channels-last");
  if (reader !== undefined) return orderFor(reader, value, rank);
  return behind[value] ?? rowMajor(rank);
}

interface Wishes {
  readonly readers: Readers;
  /** What is wanted of values of which there are only views, by those who read these. */
  readonly behind: Orders;
}

/**
 * How a value that only views are made of has to nest so that one of those nests as its readers want it. Undefined
 * where nobody wants anything, or no order of the whole is right.
 */
function ordersBehindViews({ values, kernels }: Program, readers: Readers): Orders {
  const behind: Orders = values.map(() => undefined);
  for (const reader of [...kernels].reverse()) {
    const { view, output } = reader;
    if (view === undefined) continue;
    const from = viewed(reader);
    if (readers[from]!.some((other) => other.view === undefined)) continue;
    const { dims } = reader.kernel.output;
    const wants = readers[output]!.some(
      (next) => next.layout === "channels-last" || (next.layout === "row-major" && !next.view),
    );
    const wanted = wants ? orderWanted(output, dims.length, { readers, behind }) : behind[output];
    const order = wanted && orderBehind(view, dims, wanted, values[from]!.type.dims);
    if (order !== undefined) behind[from] = order;
  }
  return behind;
}

/** How the dims of a whole nest where those of a view of it nest in `order`; undefined where strides do not merge. */
function orderBehind(
  view: View,
  dims: readonly number[],
  order: readonly number[],
  fromDims: readonly number[],
): readonly number[] | undefined {
  switch (view.kind) {
    case "permute":
      return order.map((d) => view.permutation[d]!);
    case "slice":
      return order;
    case "reshape":
      return reshapedOrder(dims, order, fromDims);
    case "concat":
      return undefined;
    default:
      return view satisfies never;
  }
}

/** The order in which a view that needs no copy sees its operand; undefined for all else. */
function orderSeen(kernel: ProgramKernel, orders: Orders): readonly number[] | undefined {
  if (kernel.view === undefined) return undefined;
  const [from] = kernel.kernel.inputs;
  const order = orders[viewed(kernel)];
  if (order === undefined) return undefined;
  return orderThrough(kernel.view, from!.type.dims, order, kernel.kernel.output.dims);
}

/** How the dims of a view nest where those of its whole nest in `order`; undefined where strides do not merge. */
export function orderThrough(
  view: View,
  fromDims: readonly number[],
  order: readonly number[],
  dims: readonly number[],
): readonly number[] | undefined {
  switch (view.kind) {
    case "permute":
      return order.map((d) => view.permutation.indexOf(d));
    case "slice":
      return order;
    case "reshape":
      return reshapedOrder(fromDims, order, dims);
    case "concat":
      return undefined;
    default:
      return view satisfies never;
  }
}

/** [1,6,4,4] nested as [0,2,3,1] seen as [1,2,3,4,4] => [0,3,4,1,2]; undefined where strides do not merge. */
function reshapedOrder(
  fromDims: readonly number[],
  order: readonly number[],
  dims: readonly number[],
): readonly number[] | undefined {
  const strides = reshapeStrides(fromDims, stridesInOrder(fromDims, order), dims);
  if (strides === undefined) return undefined;
  const wide = rowMajor(dims.length).filter((d) => dims[d] !== 1);
  const nested = wide.sort((a, b) => strides[b]! - strides[a]! || a - b);
  // A dim of 1 lies anywhere: it stays behind the dim before it.
  return dims.reduce<readonly number[]>((placed, dim, d) => {
    if (dim !== 1) return placed;
    const at = placed.indexOf(d - 1) + 1;
    return [...placed.slice(0, at), d, ...placed.slice(at)];
  }, nested);
}

/**
 * A value that only reshapes read is nested so that as many of them as can be are views: as preferred, as
 * one of the reshaped values would like best, or row-major.
 */
function mergedByReaders(
  { output, kernel: { output: type } }: ProgramKernel,
  preferred: readonly number[],
  wishes: Context,
): readonly number[] {
  const { readers } = wishes;
  const reshapes = readers[output]!;
  if (reshapes.length === 0 || reshapes.some(({ view }) => view?.kind !== "reshape"))
    return preferred;
  const all = [
    preferred,
    ...reshapes.map((reader) => {
      const { dims } = reader.kernel.output;
      const wanted = orderWanted(reader.output, dims.length, wishes);
      return reshapedOrder(dims, wanted, type.dims);
    }),
    rowMajor(type.dims.length),
  ].filter((order) => order !== undefined);
  // However many reshapes there are, few orders are wanted.
  const candidates = new Map(all.map((order) => [String(order), order])).values();
  let best = preferred;
  let most = -1;
  for (const order of candidates) {
    const views = reshapes.filter(
      (reader) => reshapedOrder(type.dims, order, reader.kernel.output.dims) !== undefined,
    ).length;
    if (views > most) [best, most] = [order, views];
  }
  return best;
}
