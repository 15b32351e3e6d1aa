/** Bombs of single ops: attributes of a few bytes that ask for tables, windows, phases or code without end. */
import { chain, onnx, sizes, times, type Bomb } from "./bomb.js";
import type { NodeText } from "../support/onnxModel.js";

const BIG = 2 ** 15;

/** So many nodes of one kind in a row, over an image. */
const row = (
  title: string,
  count: number,
  shape: string,
  node: (before: string, i: number) => Omit<NodeText, "out">,
  initializers: Parameters<typeof sizes> | Readonly<Record<string, ReturnType<typeof sizes>>> = {},
): Bomb =>
  onnx(title, () => ({
    inputs: { x: shape },
    initializers: initializers as Readonly<Record<string, ReturnType<typeof sizes>>>,
    nodes: chain(count, "x", node),
    outputs: [`v${count - 1}`],
  }));

const weight = (dims: readonly number[]): ReturnType<typeof sizes> => ({
  type: { dtype: "f32", dims },
  data: new Float32Array(dims.reduce((product, dim) => product * dim, 1)).fill(0.5),
});

const resize = (mode: string) => (before: string, i: number) => ({
  op: "Resize",
  in: [before, "", "", i % 2 === 0 ? "large" : "small"],
  attributes: { mode },
});

export const opBombs: readonly Bomb[] = [
  ...["nearest", "linear", "cubic"].map((mode) =>
    row(`400 resizings, ${mode}`, 400, "f32[1,1,1,4]", resize(mode), {
      large: sizes(1, 1, 1, 2 ** 20 - 1),
      small: sizes(1, 1, 1, 3),
    }),
  ),
  row(
    "transposed convolutions of 4,096 phases",
    8,
    "f32[1,1,2,2]",
    (before, i) =>
      i % 2 === 0
        ? { op: "ConvTranspose", in: [before, "w"], attributes: { strides: [64, 64] } }
        : {
            op: "MaxPool",
            in: [before],
            attributes: { kernel_shape: [64, 64], strides: [64, 64] },
          },
    { w: weight([1, 1, 65, 65]) },
  ),
  row("a max pool of 32,768²", 1, `f32[1,1,${BIG},${BIG / 4}]`, (before) => ({
    op: "MaxPool",
    in: [before],
    attributes: { kernel_shape: [BIG, BIG / 4] },
  })),
  row("local responses of 2^30 channels", 1, "f32[1,4,4,4]", (before) => ({
    op: "LRN",
    in: [before],
    attributes: { size: 2 ** 30 - 1 },
  })),
  row("an average pool of 127³", 1, "f32[1,1,64,64,64]", (before) => ({
    op: "AveragePool",
    in: [before],
    attributes: { kernel_shape: [127, 127, 127], pads: times(6, () => 63) },
  })),
  row(
    "convolutions, each of another kernel",
    1500,
    "f32[1,1,4000,1]",
    (before, i) => ({
      op: "Conv",
      in: [before, `w`],
      attributes: { pads: [i % 5, 0, 1, 0], dilations: [1 + (i % 7), 1], strides: [1, 1] },
    }),
    { w: weight([1, 1, 3, 1]) },
  ),
  row(
    "cumulative sums of each other",
    300,
    "f32[4096]",
    (before) => ({
      op: "CumSum",
      in: [before, "axis"],
    }),
    { axis: { ...sizes(0), type: { dtype: "i64", dims: [] } } },
  ),
  row(
    "reflections of 100,000",
    200,
    "f32[1,100000]",
    (before) => ({
      op: "Pad",
      in: [before, "pads"],
      attributes: { mode: "reflect" },
    }),
    { pads: sizes(0, 100, 0, 100) },
  ),
  row(
    "gathers of 2^20 rows",
    100,
    "f32[1048576]",
    (before) => ({
      op: "Gather",
      in: [before, "rows"],
    }),
    { rows: sizes(...times(65_536, (i) => i)) },
  ),
  onnx("one-hot of 10^8", () => ({
    inputs: { x: "i64[100]" },
    initializers: { depth: sizes(5_000_000), values: weight([2]) },
    nodes: [{ op: "OneHot", in: ["x", "depth", "values"], out: ["y"] }],
    outputs: ["y"],
  })),
  row(
    "layer norms over everything",
    1000,
    "f32[4,100]",
    (before) => ({
      op: "LayerNormalization",
      in: [before, "s"],
    }),
    { s: weight([100]) },
  ),
  row("depth to space and back", 2000, "f32[1,64,8,8]", (before, i) => ({
    op: i % 2 === 0 ? "DepthToSpace" : "SpaceToDepth",
    in: [before],
    attributes: { blocksize: 8 },
  })),
  row("an einsum of all letters", 200, "f32[2,2,2,2,2,2,2,2]", (before) => ({
    op: "Einsum",
    in: [before, before],
    attributes: { equation: "abcdefgh,ijklmnop->abcdijkl" },
  })),
  row(
    "quantised and back",
    2000,
    "f32[1,3,8,8]",
    (before, i) =>
      i % 2 === 0
        ? { op: "QuantizeLinear", in: [before, "scale", "zero"] }
        : { op: "DequantizeLinear", in: [before, "scale", "zero"] },
    {
      scale: { type: { dtype: "f32", dims: [] }, data: new Float32Array([0.1]) },
      zero: { type: { dtype: "u8", dims: [] }, data: new Uint8Array([3]) },
    },
  ),
];
