/** The nesting order of each value's dims: channels last where ops over [n, c, spatial…] like it, else row-major. */
import type { Operand } from "../../graph/definition.js";
import type { LayoutChoices } from "../../targets/target.js";
import { sameDims } from "../../tensor.js";
import type { Program, ProgramKernel } from "../program.js";
import { channelsLast, reshapeStrides, rowMajor, stridesInOrder } from "./places.js";

/** Dims from the outermost to the innermost, for values that own a buffer. */
export type Orders = ReadonlyMap<Operand, readonly number[]>;

export function chooseOrders(program: Program, target: LayoutChoices): Orders {
  const orders = new Map<Operand, readonly number[]>();
  for (const { name, type } of program.inputs) orders.set(`%${name}`, rowMajor(type.dims.length));
  const outputs = new Set(program.outputs.map(({ value }) => value));
  for (const kernel of program.kernels) {
    const { output } = kernel;
    const rank = kernel.kernel.output.dims.length;
    const forced = outputs.has(output) || wantsRowMajor(output, kernel, program);
    const rowMajorOnly = forced || target.activations === "row-major";
    orders.set(output, rowMajorOnly ? rowMajor(rank) : preferredOrder(kernel, orders));
  }
  return orders;
}

function preferredOrder(kernel: ProgramKernel, orders: Orders): readonly number[] {
  const rank = kernel.kernel.output.dims.length;
  switch (kernel.layout) {
    case "channels-last":
      return channelsLast(rank);
    case "operand": {
      // The largest operand decides: a broadcast one says nothing about the rest.
      const like = kernel.kernel.inputs.find(
        ({ name, type }) =>
          orders.has(name as Operand) && sameDims(type.dims, kernel.kernel.output.dims),
      );
      const inherited = like === undefined ? undefined : orders.get(like.name as Operand);
      return inherited ?? rowMajor(rank);
    }
    case "row-major":
      return rowMajor(rank);
    default:
      return kernel.layout satisfies never;
  }
}

/** A value that only reshapes read, none of which is a view of channels-last memory, is written row-major. */
function wantsRowMajor(value: Operand, kernel: ProgramKernel, program: Program): boolean {
  const { dims } = kernel.kernel.output;
  const strides = stridesInOrder(dims, channelsLast(dims.length));
  const readers = program.kernels.filter((reader) =>
    reader.kernel.inputs.some(({ name }) => name === value),
  );
  return (
    readers.length > 0 &&
    readers.every(
      (reader) =>
        reader.view?.kind === "reshape" &&
        reshapeStrides(dims, strides, reader.kernel.output.dims) === undefined,
    )
  );
}
