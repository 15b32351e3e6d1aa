/** Bombs of constants: a few hundred bytes whose values, folded while the model is read, would fill memory or take minutes. */
import { chain, onnx, sizes, text, times, type Bomb } from "./bomb.js";
import type { NodeText, OnnxText } from "../support/onnxModel.js";

const filled = (out: string, size = "size"): NodeText => ({
  op: "ConstantOfShape",
  in: [size],
  out: [out],
});

/** Nodes over a constant of so many zeros, added to an input of one element at the end. */
function over(elements: number, nodes: readonly NodeText[], last: string): OnnxText {
  return {
    inputs: { x: "f32[1]" },
    initializers: { size: sizes(elements) },
    nodes: [filled("c"), ...nodes, { op: "Add", in: ["x", last], out: ["y"] }],
    outputs: ["y"],
  };
}

const alternate = (a: string, b: string, length: number) =>
  chain(length, "c", (before, i) => ({ op: i % 2 === 0 ? a : b, in: [before] }));

export const folds: readonly Bomb[] = [
  onnx("30 folds of Sin and Exp", () => over(2 ** 22, alternate("Sin", "Exp", 30), "v29")),
  onnx("30 folds of Sin and Exp at the limit of one", () =>
    over(2 ** 26 - 1, alternate("Sin", "Exp", 30), "v29"),
  ),
  ...[12, 40, 1000].map((length) =>
    onnx(`${length} folds of Neg and Abs`, () =>
      over(2 ** 25, alternate("Neg", "Abs", length), `v${length - 1}`),
    ),
  ),
  onnx("folds that keep all their values", () => ({
    inputs: { x: "f32[1]" },
    initializers: { size: sizes(2 ** 24) },
    nodes: [
      ...times(64, (i) => filled(`c${i}`)),
      ...times(64, (i): NodeText => ({ op: "Neg", in: [`c${i}`], out: [`n${i}`] })),
      { op: "Concat", in: times(64, (i) => `n${i}`), out: ["all"], attributes: { axis: 0 } },
      { op: "ReduceSum", in: ["all"], out: ["sum"] },
      { op: "Add", in: ["x", "sum"], out: ["y"] },
    ],
    outputs: ["y"],
  })),
  onnx("concats that double a constant", () =>
    over(
      4,
      chain(26, "c", (before) => ({ op: "Concat", in: [before, before], attributes: { axis: 0 } })),
      "v25",
    ),
  ),
  onnx("products of constant matrices", () => ({
    inputs: { x: "f32[1]" },
    initializers: { size: sizes(400, 400) },
    nodes: [
      filled("c"),
      ...chain(200, "c", (before) => ({ op: "MatMul", in: [before, "c"] })),
      { op: "ReduceSum", in: ["v199"], out: ["sum"] },
      { op: "Add", in: ["x", "sum"], out: ["y"] },
    ],
    outputs: ["y"],
  })),
  onnx("convolutions of constants", () => ({
    inputs: { x: "f32[1]" },
    initializers: { size: sizes(1, 8, 64, 64), kernel: sizes(8, 8, 31, 31) },
    nodes: [
      filled("c"),
      filled("k", "kernel"),
      ...chain(60, "c", (before) => ({
        op: "Conv",
        in: [before, "k"],
        attributes: { pads: [15, 15, 15, 15] },
      })),
      { op: "ReduceSum", in: ["v59"], out: ["sum"] },
      { op: "Add", in: ["x", "sum"], out: ["y"] },
    ],
    outputs: ["y"],
  })),
  onnx("constants of many tiles", () => ({
    inputs: { x: "f32[1]" },
    initializers: {
      one: { ...sizes(1), type: { dtype: "i64", dims: [1, 1] } },
      repeats: sizes(4000, 4000),
    },
    nodes: [
      { op: "Cast", in: ["one"], out: ["f"], attributes: { to: 1 } },
      ...times(80, (i): NodeText => ({ op: "Tile", in: ["f", "repeats"], out: [`t${i}`] })),
      { op: "Sum", in: times(80, (i) => `t${i}`), out: ["all"] },
      { op: "Add", in: ["x", "all"], out: ["y"] },
    ],
    outputs: ["y"],
  })),
  onnx("ranges", () => ({
    inputs: { x: "f32[1]" },
    initializers: Object.fromEntries(
      ["zero", "end", "step"].map((name, i) => [
        name,
        { ...sizes([0, 2 ** 22 - 1, 1][i]!), type: { dtype: "i64", dims: [] } },
      ]),
    ),
    nodes: [
      ...times(100, (i): NodeText => ({
        op: "Range",
        in: ["zero", "end", "step"],
        out: [`r${i}`],
      })),
      { op: "Concat", in: times(100, (i) => `r${i}`), out: ["all"], attributes: { axis: 0 } },
      { op: "Cast", in: ["all"], out: ["f"], attributes: { to: 1 } },
      { op: "Add", in: ["x", "f"], out: ["y"] },
    ],
    outputs: ["y"],
  })),
  onnx("identity matrices", () => ({
    inputs: { x: "f32[4096,4096]" },
    nodes: [
      ...times(60, (i): NodeText => ({ op: "EyeLike", in: ["x"], out: [`e${i}`] })),
      { op: "Sum", in: [...times(60, (i) => `e${i}`), "x"], out: ["y"] },
    ],
    outputs: ["y"],
  })),
  onnx("masks", () => ({
    inputs: { x: "f32[4096,4096]" },
    nodes: [
      ...times(60, (i): NodeText => ({
        op: "Trilu",
        in: [i === 0 ? "x" : `e${i - 1}`],
        out: [`e${i}`],
      })),
    ],
    outputs: ["e59"],
  })),
  onnx("resized constants", () => ({
    inputs: { x: "f32[1]" },
    initializers: { size: sizes(1, 1, 64, 64), to: sizes(1, 1, 4000, 4000) },
    nodes: [
      filled("c"),
      ...times(40, (i): NodeText => ({
        op: "Resize",
        in: ["c", "", "", "to"],
        out: [`r${i}`],
        attributes: { mode: "cubic" },
      })),
      { op: "Sum", in: times(40, (i) => `r${i}`), out: ["all"] },
      { op: "Add", in: ["x", "all"], out: ["y"] },
    ],
    outputs: ["y"],
  })),
  onnx("gathers from a constant by a constant", () => ({
    inputs: { x: "f32[1]" },
    initializers: { size: sizes(2 ** 24) },
    nodes: [
      filled("c"),
      { op: "Cast", in: ["c"], out: ["v0"], attributes: { to: 7 } },
      ...times(40, (i): NodeText => ({ op: "Gather", in: [`v${i}`, `v${i}`], out: [`v${i + 1}`] })),
      { op: "Cast", in: ["v40"], out: ["f"], attributes: { to: 1 } },
      { op: "Add", in: ["x", "f"], out: ["y"] },
    ],
    outputs: ["y"],
  })),
  text("a seeded weight of 2^29 elements", () => seeded([2 ** 29 - 1])),
  text("a seeded weight of 2^27 elements", () => seeded([2 ** 27])),
  text("40 seeded weights of 2^24 elements", () => seeded(times(40, () => 2 ** 24))),
  text("seeded weights just within their budget", () => seeded([2 ** 26 - 1])),
];

/** A sum of seeded weights. */
function seeded(counts: readonly number[]): string {
  const nodes = counts.map(
    (_, i) =>
      `  %s${i} = reduceSum(@w${i}) {axes=[0],keepDims=true}\n  %a${i} = add(%${i === 0 ? "x" : `a${i - 1}`}, %s${i})\n`,
  );
  const weights = counts.map((n, i) => `@w${i} : f32[${n}] = seed ${i} center 0 spread 1\n`);
  return `model m(%x: f32[1]) {\n${nodes.join("")}  return y = %a${counts.length - 1}\n}\n${weights.join("")}`;
}
