/** Random graphs of ONNX nodes some of whose values have no elements: dims of 0 among small ones. */
import { elementCount, tensor, type Tensor } from "../../compiler/base/tensor.js";
import type { AttributeInput, NodeText } from "../support/onnxModel.js";
import { onnxModel } from "../support/onnxModel.js";
import { createRandom, type Random } from "../support/random.js";

interface Value {
  readonly name: string;
  readonly dims: readonly number[];
}

export interface EmptyGraph {
  readonly bytes: Uint8Array;
  readonly inputs: ReadonlyMap<string, Tensor>;
  /** For people. */
  readonly text: string;
}

/** What a graph grows in. */
interface Draw extends Random {
  dims(rank?: number): number[];
  /** A value that is there, or a new input. */
  value(rank?: number): Value;
  input(dims: readonly number[]): Value;
  list(values: readonly number[]): string;
  node(
    op: string,
    inputs: readonly string[],
    dims: readonly number[],
    attributes?: NodeText["attributes"],
  ): Value;
}

const SIZES = [0, 1, 2, 3, 2, 3];

/** A mean of nothing is NaN here, as in numpy, and 0 in onnxruntime. */
const REDUCTIONS = ["ReduceSum", "ReduceProd", "ReduceMax", "ReduceMin", "ReduceL2"];

const KINDS: readonly ((draw: Draw) => void)[] = [
  (draw) => {
    const x = draw.value();
    draw.node(draw.pick(["Relu", "Neg", "Sigmoid", "Identity"]), [x.name], x.dims);
  },
  (draw) => {
    const x = draw.value();
    const other = draw.input(x.dims.map((dim) => (draw.chance(0.3) ? 1 : dim)));
    draw.node(draw.pick(["Add", "Mul", "Max"]), draw.shuffle([x.name, other.name]), x.dims);
  },
  (draw) => {
    const x = draw.value();
    const axis = draw.int(0, x.dims.length - 1);
    const others = [1, 2].map(() => draw.input(x.dims.with(axis, draw.pick(SIZES))));
    const parts = draw.shuffle([x, ...others]);
    const size = parts.reduce((sum, { dims }) => sum + dims[axis]!, 0);
    const names = parts.map(({ name }) => name);
    draw.node("Concat", names, x.dims.with(axis, size), { axis });
  },
  (draw) => {
    const x = draw.value();
    const perm = draw.shuffle([...x.dims.keys()]);
    const dims = perm.map((at) => x.dims[at]!);
    draw.node("Transpose", [x.name], dims, { perm });
  },
  (draw) => {
    const x = draw.value();
    const dims = draw.shuffle(x.dims);
    draw.node("Reshape", [x.name, draw.list(dims)], dims, { allowzero: 1 });
  },
  (draw) => {
    const x = draw.value();
    const axis = draw.int(0, x.dims.length - 1);
    const start = draw.int(0, x.dims[axis]!);
    const end = draw.int(start, x.dims[axis]!);
    const lists = [[start], [end], [axis]].map(draw.list);
    draw.node("Slice", [x.name, ...lists], x.dims.with(axis, end - start));
  },
  (draw) => {
    const x = draw.value();
    const axis = draw.int(0, x.dims.length - 1);
    const dims = x.dims.with(axis, 1);
    draw.node(draw.pick(REDUCTIONS), [x.name, draw.list([axis])], dims, { keepdims: 1 });
  },
  (draw) => {
    const x = draw.value(2);
    const columns = draw.pick(SIZES);
    const w = draw.input([x.dims[1]!, columns]);
    const product = draw.node("MatMul", [x.name, w.name], [x.dims[0]!, columns]);
    draw.node("Add", [product.name, draw.input([columns]).name], product.dims);
  },
  (draw) => {
    const x = draw.value();
    draw.node("Softmax", [x.name], x.dims, { axis: draw.int(0, x.dims.length - 1) });
  },
  (draw) => {
    const x = draw.value();
    const pads = [...x.dims, ...x.dims].map(() => draw.int(0, 1));
    const dims = x.dims.map((dim, d) => dim + pads[d]! + pads[x.dims.length + d]!);
    draw.node("Pad", [x.name, draw.list(pads)], dims);
  },
  (draw) => {
    const x = draw.value();
    const axis = draw.int(0, x.dims.length - 1);
    const count = x.dims[axis] === 0 ? 0 : draw.pick(SIZES);
    const indices = Array.from({ length: count }, () => draw.int(0, x.dims[axis]! - 1));
    draw.node("Gather", [x.name, draw.list(indices)], x.dims.with(axis, count), { axis });
  },
  (draw) => {
    const x = draw.input(draw.dims().map((dim) => (draw.chance(0.5) ? 1 : dim)));
    const dims = x.dims.map((dim) => (dim === 1 ? draw.pick(SIZES) : dim));
    draw.node("Expand", [x.name, draw.list(dims)], dims);
  },
  (draw) => {
    const x = draw.value();
    const repeats = x.dims.map(() => draw.int(0, 2));
    const dims = x.dims.map((dim, d) => dim * repeats[d]!);
    draw.node("Tile", [x.name, draw.list(repeats)], dims);
  },
  (draw) => {
    const x = draw.value();
    const [a, b] = [draw.input(x.dims), draw.input(x.dims.map(() => 1))];
    const less = draw.node("Cast", [x.name], x.dims, { to: 9 });
    draw.node("Where", [less.name, a.name, b.name], x.dims);
  },
];

/** The graph of a seed, of `count` draws of nodes; all its values but conditions are outputs. */
export function emptyGraph(seed: number, count: number): EmptyGraph {
  const random = createRandom(seed);
  const values: Value[] = [];
  const nodes: NodeText[] = [];
  const inputs = new Map<string, Tensor>();
  const initializers: Record<string, Tensor> = {};
  const draw: Draw = {
    ...random,
    dims: (rank = random.int(1, 3)) => Array.from({ length: rank }, () => random.pick(SIZES)),
    value(rank) {
      const known = values.filter(({ dims }) => rank === undefined || dims.length === rank);
      if (known.length > 0 && random.chance(0.7)) return random.pick(known);
      return draw.input(draw.dims(rank));
    },
    input(dims) {
      const name = `x${inputs.size}`;
      const data = Array.from({ length: elementCount(dims) }, () => random.int(-4, 4) / 2);
      inputs.set(name, tensor("f32", dims, data));
      return { name, dims };
    },
    list(given) {
      const name = `list${Object.keys(initializers).length}`;
      initializers[name] = tensor("i64", [given.length], given);
      return name;
    },
    node(op, operands, dims, attributes: Readonly<Record<string, AttributeInput>> = {}) {
      const name = `y${nodes.length}`;
      nodes.push({ op, in: operands, out: [name], attributes });
      if (op !== "Cast") values.push({ name, dims });
      return { name, dims };
    },
  };
  for (let i = 0; i < count; i++) random.pick(KINDS)(draw);
  const typed = (all: readonly Value[]): Record<string, string> =>
    Object.fromEntries(all.map(({ name, dims }) => [name, `f32[${dims.join(",")}]`]));
  const given = [...inputs].map(([name, { type }]) => ({ name, dims: type.dims }));
  const shown = nodes.map((node) => `${node.out.join()} = ${node.op}(${node.in!.join(", ")})`);
  return {
    bytes: onnxModel(
      { inputs: typed(given), outputs: typed(values), initializers, nodes },
      { opset: 18 },
    ),
    inputs,
    text: [JSON.stringify(typed([...given, ...values])), ...shown].join("\n"),
  };
}
