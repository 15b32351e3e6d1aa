/** Bombs of nodes: files of nothing but structure, long, wide, deep, or wrong in very many places. */
import { chain, onnx, sizes, text, times, type Bomb } from "./bomb.js";
import type { NodeText, OnnxText } from "../support/onnxModel.js";

const MANY = 16_000;

const from = (
  nodes: readonly NodeText[],
  outputs: readonly string[],
  inputs = "f32[1,4]",
): OnnxText => ({
  inputs: { x: inputs },
  nodes,
  outputs,
});

const line = (length: number, ops: readonly string[], inputs?: string): OnnxText =>
  from(
    chain(length, "x", (before, i) => ({ op: ops[i % ops.length]!, in: [before] })),
    [`v${length - 1}`],
    inputs,
  );

const wide = (op: string, count: number, attributes: NodeText["attributes"] = {}): OnnxText =>
  from([{ op, in: times(count, () => "x"), out: ["y"], attributes }], ["y"]);

export const graphs: readonly Bomb[] = [
  ...[500, MANY].map((length) =>
    onnx(`${length} of Neg and Sin in turn`, () => line(length, ["Neg", "Sin"])),
  ),
  onnx(`${MANY} of Relu`, () => line(MANY, ["Relu"])),
  onnx("2,000 of Erf, Tanh, Exp, Softplus", () => line(2000, ["Erf", "Tanh", "Exp", "Softplus"])),
  ...[250, 4000].map((length) =>
    onnx(`${length} batch norms`, () => ({
      ...from(
        chain(length, "x", (before) => ({
          op: "BatchNormalization",
          in: [before, "n", "n", "n", "n"],
        })),
        [`v${length - 1}`],
        "f32[1,4,8,8]",
      ),
      initializers: {
        n: { type: { dtype: "f32", dims: [4] }, data: new Float32Array([1, 2, 3, 4]) },
      },
    })),
  ),
  onnx("sums that double", () =>
    from(
      chain(200, "x", (before) => ({ op: "Add", in: [before, before] })),
      ["v199"],
    ),
  ),
  onnx("sines of sums that double", () =>
    from(
      times(100, (i): NodeText[] => [
        { op: "Sin", in: [i === 0 ? "x" : `b${i - 1}`], out: [`a${i}`] },
        { op: "Mul", in: [`a${i}`, i === 0 ? "x" : `b${i - 1}`], out: [`b${i}`] },
      ]).flat(),
      ["b99"],
    ),
  ),
  onnx("concats that double", () =>
    from(
      chain(26, "x", (before) => ({ op: "Concat", in: [before, before], attributes: { axis: 1 } })),
      ["v25"],
    ),
  ),
  onnx(`${MANY} nodes of one name`, () =>
    from(
      chain(MANY, "x", (before) => ({ op: "Relu", in: [before], name: "same" })),
      [`v${MANY - 1}`],
    ),
  ),
  onnx(`${MANY} outputs`, () =>
    from(
      times(MANY, (i): NodeText => ({ op: "Relu", in: ["x"], out: [`y${i}`] })),
      times(MANY, (i) => `y${i}`),
    ),
  ),
  onnx(`${MANY} outputs of one value`, () => ({
    inputs: { x: "f32[4]" },
    nodes: [{ op: "Relu", in: ["x"], out: ["y"] }],
    outputs: times(MANY, () => "y"),
  })),
  onnx(`${MANY} inputs`, () => ({
    inputs: Object.fromEntries(times(MANY, (i) => [`x${i}`, "f32[4]"])),
    nodes: [{ op: "Sum", in: times(MANY, (i) => `x${i}`), out: ["y"] }],
    outputs: ["y"],
  })),
  ...[2000, 10_000].map((count) =>
    onnx(`a split into ${count}`, () => ({
      inputs: { x: `f32[1,${count}]` },
      nodes: [
        {
          op: "Split",
          in: ["x"],
          out: times(count, (i) => `s${i}`),
          attributes: { axis: 1, num_outputs: count },
        },
        {
          op: "Concat",
          in: times(count, (i) => `s${count - 1 - i}`),
          out: ["y"],
          attributes: { axis: 1 },
        },
      ],
      outputs: ["y"],
    })),
  ),
  ...[2000, 20_000].map((count) =>
    onnx(`a concat of ${count}`, () => wide("Concat", count, { axis: 1 })),
  ),
  onnx("a sum of 8,000", () => wide("Sum", 8000)),
  onnx("a maximum of 8,000", () => wide("Max", 8000)),
  onnx(
    "functions of dead nodes",
    () =>
      from(
        chain(1000, "x", (before) => ({ op: "f", domain: "own", in: [before] })),
        ["v999"],
      ),
    {
      functions: [
        {
          name: "f",
          domain: "own",
          inputs: ["a"],
          outputs: ["r"],
          nodes: [
            ...times(20_000, (i): NodeText => ({ op: "Relu", in: ["a"], out: [`d${i}`] })),
            { op: "Relu", in: ["a"], out: ["r"] },
          ],
        },
      ],
    },
  ),
  onnx(`${MANY} unknown ops`, () =>
    from(
      times(MANY, (i): NodeText => ({ op: `Rellu${i}`, in: ["x"], out: [`y${i}`] })),
      times(MANY, (i) => `y${i}`),
    ),
  ),
  onnx(`${MANY} unknown operands`, () =>
    from(
      times(MANY, (i): NodeText => ({ op: "Relu", in: [`xx${i}`], out: [`y${i}`] })),
      times(MANY, (i) => `y${i}`),
    ),
  ),
  onnx("4,000 wrong shapes", () =>
    from(
      times(4000, (i): NodeText => ({ op: "Reshape", in: ["x", "size"], out: [`y${i}`] })),
      times(4000, (i) => `y${i}`),
    ),
  ),
  onnx("2,000 convolutions, each of another size", () => ({
    inputs: { x: "f32[1,1,2200,3]" },
    initializers: {
      w: { type: { dtype: "f32", dims: [1, 1, 2, 1] }, data: new Float32Array([1, 2]) },
    },
    nodes: chain(2000, "x", (before) => ({ op: "Conv", in: [before, "w"] })),
    outputs: ["v1999"],
  })),
  onnx("8,000 convolutions", () => ({
    inputs: { x: "f32[1,1,4,4]" },
    initializers: {
      w: { type: { dtype: "f32", dims: [1, 1, 1, 1] }, data: new Float32Array([1]) },
    },
    nodes: chain(8000, "x", (before) => ({ op: "Conv", in: [before, "w"] })),
    outputs: ["v7999"],
  })),
  onnx("4,000 slices of one another", () => ({
    inputs: { x: "f32[1,8192]" },
    initializers: { one: sizes(1), end: sizes(100_000) },
    nodes: chain(4000, "x", (before) => ({ op: "Slice", in: [before, "one", "end", "one"] })),
    outputs: ["v3999"],
  })),
  onnx("4,000 transposes and reshapes", () => ({
    inputs: { x: "f32[6,10]" },
    initializers: { size: sizes(6, 10) },
    nodes: chain(4000, "x", (before, i) =>
      i % 2 === 0 ? { op: "Transpose", in: [before] } : { op: "Reshape", in: [before, "size"] },
    ),
    outputs: ["v3999"],
  })),
  onnx("200 transposes of 24 dims", () => ({
    inputs: { x: `f32[${times(24, () => 2).join(",")}]` },
    nodes: chain(200, "x", (before, i) => ({
      op: "Transpose",
      in: [before],
      attributes: { perm: times(24, (d) => (d * (i % 2 === 0 ? 5 : 7) + i) % 24) },
    })),
    outputs: ["v199"],
  })),
  onnx("3,000 softmaxes of each other", () => line(3000, ["Softmax", "Relu"], "f32[3,5]")),
  onnx("4,000 pads", () => ({
    inputs: { x: "f32[2,2]" },
    initializers: { pads: sizes(0, 1, 0, 1) },
    nodes: chain(4000, "x", (before) => ({ op: "Pad", in: [before, "pads"] })),
    outputs: ["v3999"],
  })),
  onnx("an einsum of 26 letters", () => ({
    inputs: { x: `f32[${times(13, () => 2).join(",")}]` },
    nodes: [
      {
        op: "Einsum",
        in: ["x", "x"],
        out: ["y"],
        attributes: { equation: "abcdefghijklm,nopqrstuvwxyz->az" },
      },
    ],
    outputs: ["y"],
  })),
  text("100,000 nodes in text", () =>
    program(times(100_000, (i) => `relu(%${i === 0 ? "x" : `n${i - 1}`})`)),
  ),
  text(`${MANY} sines in text`, () =>
    program(times(MANY, (i) => `sin(%${i === 0 ? "x" : `n${i - 1}`})`)),
  ),
  text("200,000 wrong names in text", () => program(times(200_000, (i) => `rellu(%z${i})`))),
  text("a node with 500,000 operands", () =>
    program([`concat(${times(500_000, () => "%x").join(", ")}) {axis=0}`]),
  ),
  text(
    "a million dims",
    () =>
      `model m(%x: f32[${times(1_000_000, () => 1).join(",")}]) {\n  %n0 = relu(%x)\n  return y = %n0\n}\n`,
  ),
  text("an attribute of a million numbers", () =>
    program([`relu(%x) {a=[${times(1_000_000, () => 1).join(",")}]}`]),
  ),
  text("brackets in brackets", () => program([`relu(%x) {a=${"[".repeat(1_000_000)}}`])),
  text("a name of 50 million letters", () => program([`relu(%${"a".repeat(50_000_000)})`])),
  text(
    "50,000 constants",
    () =>
      `${program(["relu(%x)"])}${times(50_000, (i) => `@w${i} : f32[1] = seed ${i} center 0 spread 1\n`).join("")}`,
  ),
];

/** Nodes n0, n1, … in text. */
function program(nodes: readonly string[]): string {
  const lines = nodes.map((node, i) => `  %n${i} = ${node}\n`);
  return `model m(%x: f32[4]) {\n${lines.join("")}  return y = %n${nodes.length - 1}\n}\n`;
}
