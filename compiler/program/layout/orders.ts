/** The nesting order of each value's dims: channels last where ops over [n, c, spatial…] like it, else row-major. */
import type { Operand } from "../../graph/definition.js";
import type { LayoutChoices } from "./choices.js";
import { elementCount } from "../../base/tensor.js";
import type { Program, ProgramKernel } from "../program.js";
import { channelsLast, reshapeStrides, rowMajor, stridesInOrder } from "./places.js";

/** Dims from the outermost to the innermost; a view has the order that it sees in what it is a view of. */
export type Orders = ReadonlyMap<Operand, readonly number[]>;

type Readers = ReadonlyMap<Operand, readonly ProgramKernel[]>;

export function chooseOrders(program: Program, target: LayoutChoices): Orders {
  const orders = new Map<Operand, readonly number[]>();
  for (const { name, type } of program.inputs) orders.set(`%${name}`, rowMajor(type.dims.length));
  const outputs = new Set(program.outputs.map(({ value }) => value));
  const readers = readersOf(program);
  for (const kernel of program.kernels) {
    const { output } = kernel;
    const rowMajorOnly = outputs.has(output) || target.activations === "row-major";
    const order = rowMajorOnly
      ? rowMajor(kernel.kernel.output.dims.length)
      : mergedByReaders(kernel, preferredOrder(kernel, orders, readers), readers);
    orders.set(output, order);
  }
  return orders;
}

/** The kernels that read each value. */
export function readersOf(program: Program): Readers {
  const readers = new Map<Operand, ProgramKernel[]>();
  for (const kernel of program.kernels) {
    for (const { name } of kernel.kernel.inputs) {
      const known = readers.get(name as Operand);
      if (known === undefined) readers.set(name as Operand, [kernel]);
      else known.push(kernel);
    }
  }
  return readers;
}

function preferredOrder(
  kernel: ProgramKernel,
  orders: Orders,
  readers: Readers,
): readonly number[] {
  const rank = kernel.kernel.output.dims.length;
  const seen = orderSeen(kernel, orders);
  if (seen !== undefined) return seen;
  if (kernel.layout === "channels-last") return channelsLast(rank);
  const inherited = kernel.layout === "operand" ? inheritedOrder(kernel, orders) : undefined;
  const order = inherited ?? rowMajor(rank);
  const isRowMajor = order.every((d, i) => d === i);
  return isRowMajor ? orderWanted(kernel.output, rank, readers) : order;
}

/** The largest operand of as many dims decides: a broadcast one says nothing about the rest. */
function inheritedOrder(kernel: ProgramKernel, orders: Orders): readonly number[] | undefined {
  let largest = 0;
  let order: readonly number[] | undefined;
  for (const { name, type } of kernel.kernel.inputs) {
    const known = orders.get(name as Operand);
    const size = elementCount(type.dims);
    if (known?.length !== kernel.kernel.output.dims.length || size <= largest) continue;
    largest = size;
    order = known;
  }
  return order;
}

/** What the readers of a value would like best. */
function orderWanted(value: Operand, rank: number, readers: Readers): readonly number[] {
  const wanted = readers.get(value)?.some((reader) => reader.layout === "channels-last") === true;
  return wanted ? channelsLast(rank) : rowMajor(rank);
}

/** The order in which a view that needs no copy sees its operand; undefined for all else. */
function orderSeen(kernel: ProgramKernel, orders: Orders): readonly number[] | undefined {
  const { view } = kernel;
  if (view === undefined || view.kind === "concat") return undefined;
  const [from] = kernel.kernel.inputs;
  const order = orders.get(from!.name as Operand);
  if (order === undefined) return undefined;
  switch (view.kind) {
    case "permute":
      return order.map((d) => view.permutation.indexOf(d));
    case "slice":
      return order;
    case "reshape":
      return reshapedOrder(from!.type.dims, order, kernel.kernel.output.dims);
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
  readers: Readers,
): readonly number[] {
  const reshapes = readers.get(output) ?? [];
  if (reshapes.length === 0 || reshapes.some(({ view }) => view?.kind !== "reshape"))
    return preferred;
  const candidates = [
    preferred,
    ...reshapes.map((reader) => {
      const { dims } = reader.kernel.output;
      const wanted = orderWanted(reader.output, dims.length, readers);
      return reshapedOrder(dims, wanted, type.dims);
    }),
    rowMajor(type.dims.length),
  ].filter((order) => order !== undefined);
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
