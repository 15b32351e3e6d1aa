/** Ifs whose condition a run decides: what they are read as, what their modules compute, and what keeps them from being read. */
import { describe, expect, it, vi } from "vitest";
import { tensor, type Tensor } from "../../compiler/base/tensor.js";
import { inferShapes } from "../../compiler/infer/inferShapes.js";
import { readOnnx } from "../../compiler/frontend/onnx/import.js";
import { random } from "../ops/cases/opCase.js";
import { differenceOf } from "../support/difference.js";
import { ENGINES } from "../support/engine.js";
import { onnxModel, type NodeText, type OnnxText } from "../support/onnxModel.js";
import { openOnnx } from "../support/onnxRuntime.js";
import { loadProduct } from "../support/product.js";
import { body, problemsOf } from "./imported.js";

vi.mock("prettier", () => ({ format: (source: string) => Promise.resolve(source) }));

const conditional = (
  condition: string,
  out: readonly string[],
  then_branch: OnnxText,
  else_branch: OnnxText,
  name = "",
): NodeText => ({
  op: "If",
  in: [condition],
  out,
  name,
  attributes: { then_branch, else_branch },
});
const one = (op: string, input = "x"): OnnxText => ({
  nodes: [{ op, in: [input], out: ["r"] }],
  outputs: ["r"],
});

const inputs = { x: "f32[1,2,6,6]", c: "bool[]", d: "bool[1]" };

/** Sides with convolutions, a concat, views, captured values, an If of their own, and two outputs. */
function network(): Uint8Array {
  const inner = conditional("d", ["q"], one("Softmax", "p"), {
    nodes: [
      { op: "Concat", in: ["p", "e"], out: ["both"], attributes: { axis: 1 } },
      { op: "Conv", in: ["both", "w4"], out: ["r"], attributes: { pads: [1, 1, 1, 1] } },
    ],
    outputs: ["r"],
  });
  const then_branch: OnnxText = {
    nodes: [
      { op: "Conv", in: ["e", "w2"], out: ["p"], attributes: { pads: [1, 1, 1, 1] } },
      inner,
      { op: "Transpose", in: ["p"], out: ["t"], attributes: { perm: [0, 1, 3, 2] } },
    ],
    outputs: ["q", "t"],
  };
  const else_branch: OnnxText = {
    nodes: [
      {
        op: "MaxPool",
        in: ["x"],
        out: ["m"],
        attributes: { kernel_shape: [3, 3], pads: [1, 1, 1, 1] },
      },
      { op: "Add", in: ["m", "e"], out: ["s"] },
      { op: "Identity", in: ["x"], out: ["same"] },
    ],
    outputs: ["s", "same"],
  };
  return onnxModel({
    inputs,
    initializers: { w2: random([2, 2, 3, 3], 1), w4: random([2, 4, 3, 3], 2) },
    nodes: [
      { op: "Tanh", in: ["x"], out: ["e"] },
      conditional("c", ["y", "z"], then_branch, else_branch),
    ],
    outputs: { y: "f32[1,2,6,6]", z: "f32[1,2,6,6]" },
  });
}

function values(seed: number, c: number, d: number): Map<string, Tensor> {
  return new Map([
    ["x", random([1, 2, 6, 6], seed)],
    ["c", tensor("bool", [], [c])],
    ["d", tensor("bool", [1], [d])],
  ]);
}

describe("a condition that a run decides", () => {
  it("joins what both sides return", () => {
    const text = body(
      onnxModel({
        inputs: { x: "f32[2]", c: "bool[]" },
        nodes: [conditional("c", ["y"], one("Exp"), one("Log"), "choice")],
        outputs: ["y"],
      }),
    );
    expect(text).toContain(
      "%r = exp(%x)\n  %r.1 = log(%x)\n  %choice = branch(%c, %r, %r.1)\n  return y = %choice",
    );
  });

  it("takes one side where it is bound", () => {
    const bound = new Map([
      ["c", tensor("bool", [], [0])],
      ["d", tensor("bool", [1], [1])],
    ]);
    expect(body(network(), { values: bound })).not.toMatch(/branch|conv/);
  });

  it("computes what onnxruntime does", async () => {
    const bytes = network();
    const session = await openOnnx(bytes);
    const runs = [0, 1, 2, 3].map((i) => values(i, i & 1, i >> 1));
    const expected: Awaited<ReturnType<typeof session.run>>[] = [];
    for (const given of runs) expected.push(await session.run(given));
    await session.release();
    for (const engine of ENGINES) {
      const product = await loadProduct(readOnnx(bytes), engine);
      for (const [i, given] of runs.entries())
        for (const [name, actual] of product.run(given)) {
          const { units } = differenceOf(actual, expected[i]!.get(name)!, 36);
          expect(units, `${name} of run ${i}, ${engine}`).toBeLessThan(8);
        }
    }
  });

  it("runs one side alone", async () => {
    const { result } = await loadProduct(readOnnx(network()), "ts");
    const whens = result.program.kernels.map(({ when = [] }) => when.length);
    expect(whens).toContain(2);
    expect(result.files[0]!.content).toMatch(/if \(i32\[\d+\] === 0\) \{\n[^}]*maxPool/);
  });
});

describe("sides that cannot be joined", () => {
  const problemsWith = (then_branch: OnnxText, else_branch: OnnxText) => {
    const bytes = onnxModel({
      inputs: { ...inputs, n: "i64[1]" },
      initializers: { one: tensor("i64", [], [1]), weights: random([3, 2, 3, 3], 1) },
      nodes: [
        { op: "Equal", in: ["n", "one"], out: ["asked"] },
        conditional("asked", ["y"], then_branch, else_branch, "choice"),
      ],
      outputs: ["y"],
    });
    return problemsOf(bytes);
  };

  it("for their shapes are told both", () => {
    const bytes = onnxModel({
      inputs,
      nodes: [conditional("c", ["y"], one("Exp"), one("Flatten"), "choice")],
      outputs: ["y"],
    });
    expect(() => inferShapes(readOnnx(bytes))).toThrow(
      "[shape-mismatch] If 'choice': one side is f32[1,2,6,6], the other f32[1,72]: expected equal shapes",
    );
  });

  it("for what one of them has wrong are told how to do without it", () => {
    const wrong: OnnxText = {
      nodes: [{ op: "Add", in: ["x", "weights"], out: ["r"], name: "sum" }],
      outputs: ["r"],
    };
    expect(problemsWith(wrong, one("Exp"))).toMatchObject([
      { code: "shape-mismatch", op: "Add", node: "sum" },
    ]);
    expect(problemsWith(one("StringConcat"), one("StringSplit")).map(({ op }) => op)).toEqual([
      "StringConcat",
      "StringSplit",
    ]);
    const unnamed: OnnxText = { nodes: [], outputs: ["nowhere"] };
    expect(problemsWith(unnamed, one("Exp"))).toMatchObject([{ op: "If", node: "choice" }]);
    const hinted = problemsWith(
      { nodes: [{ op: "Squeeze", in: ["x", "one"], out: ["r"], name: "thin" }], outputs: ["r"] },
      one("Exp"),
    );
    expect(hinted).toMatchObject([
      { op: "Squeeze", hint: "--bind n=<number> leaves only one side of If 'choice'", bind: ["n"] },
    ]);
  });
});

describe("what nodes hold that cannot be read", () => {
  it("is looked into, sides and bodies and what is inside them", () => {
    const nested = conditional("a", ["h"], one("StringConcat"), one("StringSplit"), "inner");
    const bytes = onnxModel({
      inputs,
      nodes: [
        { op: "Unheard", in: ["c"], out: ["a"] },
        conditional("a", ["y"], { nodes: [nested], outputs: ["h"] }, one("MaxUnpool")),
        {
          op: "Scan",
          in: ["x"],
          out: ["z"],
          attributes: {
            num_scan_inputs: 1,
            body: {
              inputs: { row: "f32[6]" },
              nodes: [{ op: "RegexFullMatch", in: ["row"], out: ["s"] }],
              outputs: ["s"],
            },
          },
        },
      ],
      outputs: ["y", "z"],
    });
    const ops = problemsOf(bytes).map(({ op }) => op);

    expect(ops).toEqual(
      expect.arrayContaining([
        "Unheard",
        "StringConcat",
        "StringSplit",
        "MaxUnpool",
        "RegexFullMatch",
      ]),
    );
  });

  it("is no matter of shapes, which nobody knows", () => {
    const bytes = onnxModel({
      inputs,
      nodes: [
        { op: "Unheard", in: ["c"], out: ["a"] },
        conditional("a", ["y"], one("Exp"), {
          nodes: [{ op: "MatMul", in: ["x", "d"], out: ["r"] }],
          outputs: ["r"],
        }),
      ],
      outputs: ["y"],
    });
    expect(problemsOf(bytes)).toMatchObject([{ op: "Unheard" }]);
  });
});
