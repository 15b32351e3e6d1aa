/** Moves that compute from a value: what reads views, and what may be written where its operands lie. */
import type { OpName } from "../../compiler/graph/graph.js";
import {
  addInput,
  addNode,
  addWeights,
  isImage,
  pickValue,
  type Draft,
  type Move,
  type Value,
} from "./draft.js";

const FLOAT_UNARY: readonly OpName[] = [
  "relu",
  "tanh",
  "sigmoid",
  "neg",
  "abs",
  "silu",
  "leakyRelu",
];
const BINARY: readonly OpName[] = ["add", "add", "sub", "mul", "max", "min"];

export const unary: Move = (draft, x) => {
  const { dtype } = x.type;
  if (dtype === "bool") return addNode(draft, "not", [x]);
  if (dtype === "f32") return addNode(draft, draft.random.pick(FLOAT_UNARY), [x]);
  return addNode(draft, draft.random.pick(["relu", "abs", "neg"] as const), [x]);
};

/** Whether numpy would let them meet. */
function meets(a: readonly number[], b: readonly number[]): boolean {
  return a.every((dim, d) => {
    const other = b[b.length - a.length + d] ?? 1;
    return dim === other || dim === 1 || other === 1;
  });
}

/** With another value that fits, which is often a view of the same. */
export const binary: Move = (draft, x) => {
  const { random } = draft;
  const { dtype, dims } = x.type;
  const other = pickValue(draft, ({ type }) => type.dtype === dtype && meets(dims, type.dims)) ?? x;
  const operands = random.shuffle([x, other]);
  if (dtype === "bool") return addNode(draft, random.pick(["and", "or", "xor"] as const), operands);
  return addNode(draft, random.pick(BINARY), operands);
};

/** With a constant, or an input of its own. */
export const withOperand: Move = (draft, x) => {
  const { random } = draft;
  const { dtype, dims } = x.type;
  if (dtype !== "f32") return undefined;
  const shape = random.chance(0.5) ? dims : dims.map((dim) => (random.chance(0.5) ? dim : 1));
  const fresh = random.chance(0.3);
  const other = fresh ? addInput(draft, shape) : addWeights(draft, shape);
  return addNode(draft, random.pick(BINARY), [x, other]);
};

/** Padded or not, in each mode, with strides, groups and dilations now and then. */
export const conv: Move = (draft, x) => {
  if (!isImage(x)) return undefined;
  const { random } = draft;
  const [, channels, ...spatial] = x.type.dims as [number, number, ...number[]];
  const groups = random.chance(0.2) && channels % 2 === 0 ? 2 : random.chance(0.1) ? channels : 1;
  const kernel = spatial.map((dim) => random.pick([1, 2, 3, 3, 3].filter((k) => k <= dim + 2)));
  const outputs = groups * random.pick(groups > 2 ? [1] : [1, 2, 3, 4, 4]);
  const fan = (channels / groups) * kernel.reduce((product, k) => product * k, 1);
  const w = addWeights(draft, [outputs, channels / groups, ...kernel], fan);
  const bias = random.chance(0.5) ? [addWeights(draft, [outputs])] : [];
  return addNode(draft, "conv", [x, w, ...bias], {
    groups,
    ...windowOf(draft, kernel),
    padMode: random.chance(0.7) ? "constant" : random.pick(["reflect", "replicate", "circular"]),
    ...(random.chance(0.1) ? { dilations: kernel.map(() => 2) } : {}),
  });
};

function windowOf({ random }: Draft, kernel: readonly number[]): Record<string, readonly number[]> {
  const side = (k: number): number =>
    random.chance(0.7) ? Math.floor(k / 2) : random.int(0, k - 1);
  return {
    ...(random.chance(0.75) ? { pads: [...kernel.map(side), ...kernel.map(side)] } : {}),
    ...(random.chance(0.2) ? { strides: kernel.map(() => random.int(1, 2)) } : {}),
  };
}

export const convTranspose: Move = (draft, x) => {
  if (!isImage(x)) return undefined;
  const { random } = draft;
  const [, channels, ...spatial] = x.type.dims as [number, number, ...number[]];
  const kernel = spatial.map(() => random.int(1, 3));
  const w = addWeights(draft, [channels, random.int(1, 3), ...kernel], channels * 3);
  return addNode(draft, "convTranspose", [x, w], { strides: kernel.map(() => random.int(1, 2)) });
};

export const pool: Move = (draft, x) => {
  if (!isImage(x)) return undefined;
  const { random } = draft;
  const kernel = x.type.dims.slice(2).map((dim) => Math.min(dim, random.int(1, 3)));
  const window = windowOf(draft, kernel);
  if (random.chance(0.6)) return addNode(draft, "maxPool", [x], { kernel, ...window });
  const countIncludePad = random.chance(0.5);
  return addNode(draft, "averagePool", [x], { kernel, ...window, countIncludePad });
};

export const globalPool: Move = (draft, x) =>
  isImage(x)
    ? addNode(draft, draft.random.pick(["globalAveragePool", "globalMaxPool"] as const), [x])
    : undefined;

/** A linear layer along some axis, or the product of two values. */
export const matmul: Move = (draft, x) => {
  const { random } = draft;
  const { dtype, dims } = x.type;
  if (dtype !== "f32" || dims.length === 0) return undefined;
  if (random.chance(0.6)) {
    const axis = random.int(0, dims.length - 1);
    const w = addWeights(draft, [random.int(1, 5), dims[axis]!], dims[axis]!);
    return addNode(draft, "matmul", [x, w], { axis });
  }
  const fits = ({ type }: Value): boolean =>
    type.dtype === "f32" && type.dims.at(-2) === dims.at(-1);
  const other = pickValue(draft, fits);
  return other && addNode(draft, "matmul", [x, other]);
};

export const reduce: Move = (draft, x) => {
  const { random } = draft;
  const { dtype, dims } = x.type;
  if (dims.length === 0 || (dtype !== "f32" && dtype !== "i32")) return undefined;
  const axes = random.shuffle([...dims.keys()]).slice(0, random.int(1, 2));
  const op = random.pick(["reduceMax", "reduceMin", "reduceSum", "reduceMean"] as const);
  return addNode(draft, op, [x], { axes, keepDims: random.chance(0.7) });
};

/** What keeps temporaries, and tables of its own. */
export const normalise: Move = (draft, x) => {
  const { random } = draft;
  const { dims } = x.type;
  if (x.type.dtype !== "f32" || dims.length < 2) return undefined;
  if (random.chance(0.5)) {
    const op = random.pick(["softmax", "logSoftmax"] as const);
    return addNode(draft, op, [x], { axis: random.int(0, dims.length - 1) });
  }
  const parameters = [0, 0, 0, 3].map((center) => addWeights(draft, [dims[1]!], 1, center));
  return addNode(draft, "batchNorm", [x, ...parameters]);
};

export const resize: Move = (draft, x) => {
  const { random } = draft;
  const { dims } = x.type;
  if (!isImage(x)) return undefined;
  const sizes = dims.slice(2).map((dim) => dim * random.int(1, 2));
  const mode = random.pick(["nearest", "linear"]);
  return addNode(draft, "resize", [x], { axes: [...dims.keys()].slice(2), sizes, mode });
};

/** Of values that nothing has rounded: a comparison jumps. */
export const jump: Move = (draft, x) => {
  const { random } = draft;
  if (!x.exact || x.type.dtype === "bool") return undefined;
  if (random.chance(0.4)) {
    return addNode(draft, "cast", [x], {
      to: x.type.dtype === "f32" ? random.pick(["i32", "u8", "i8", "i16"] as const) : "f32",
    });
  }
  const alike = ({ exact, type }: Value): boolean =>
    exact && type.dtype === x.type.dtype && meets(x.type.dims, type.dims);
  const other = pickValue(draft, alike) ?? x;
  const above = addNode(draft, random.pick(["greater", "lessOrEqual"] as const), [x, other]);
  if (above === undefined || random.chance(0.3)) return above;
  return addNode(draft, "where", [above, ...random.shuffle([x, other])]);
};

/** Positions of the largest elements of what nothing has rounded, found with scratch memory. */
export const places: Move = (draft, x) => {
  const { random } = draft;
  const { dims } = x.type;
  if (!x.exact || dims.length === 0 || x.type.dtype === "bool") return undefined;
  const axis = random.int(0, dims.length - 1);
  if (random.chance(0.3)) return addNode(draft, "argMax", [x], { axis });
  return addNode(draft, "topKIndices", [x], { k: random.int(1, dims[axis]!), axis });
};

/** How often each is drawn. */
export const READS: readonly (readonly [number, Move])[] = [
  [4, unary],
  [4, binary],
  [2, withOperand],
  [6, conv],
  [0.5, convTranspose],
  [2, pool],
  [0.5, globalPool],
  [1.5, matmul],
  [1, reduce],
  [1.5, normalise],
  [0.5, resize],
  [0.7, jump],
  [0.8, places],
];
