/** Loop and Scan whose steps are known to be so many: as onnxruntime computes them, and what keeps others out. */
import { describe, expect, it } from "vitest";
import { tensor, type Tensor } from "../../compiler/base/tensor.js";
import { readOnnx } from "../../compiler/frontend/onnx/import.js";
import { onnxModel, type NodeText, type OnnxText } from "../support/onnxModel.js";
import { runOnnx } from "../support/onnxRuntime.js";
import { loadProduct } from "../support/product.js";
import { random } from "../ops/cases/opCase.js";
import { problemsOf } from "./imported.js";

/** y[t] = b·x[t] + s1, s1 = c·x[t] − a·y[t] + s2, s2 = d·x[t]: a filter of second order, whose taps lie outside. */
const FILTER: OnnxText = {
  inputs: { s1: "f32[2]", s2: "f32[2]", x: "f32[2]" },
  nodes: [
    { op: "Mul", in: ["x", "b"], out: ["bx"] },
    { op: "Add", in: ["bx", "s1"], out: ["y"] },
    { op: "Mul", in: ["x", "c"], out: ["cx"] },
    { op: "Mul", in: ["y", "a"], out: ["ay"] },
    { op: "Sub", in: ["cx", "ay"], out: ["rest"] },
    { op: "Add", in: ["rest", "s2"], out: ["t1"] },
    { op: "Mul", in: ["x", "d"], out: ["t2"] },
  ],
  outputs: { t1: "f32[2]", t2: "f32[2]", y: "f32[2]" },
};
const TAPS = Object.fromEntries(
  (
    [
      ["a", 0.4],
      ["b", 0.3],
      ["c", -0.2],
      ["d", 0.7],
    ] as const
  ).map(([name, value]) => [name, tensor("f32", [1], [value])]),
);
const zeros = tensor("f32", [2], [0, 0]);

const filter = (attributes: NodeText["attributes"], dims: string): Uint8Array =>
  onnxModel({
    inputs: { x: `f32[${dims}]` },
    initializers: { ...TAPS, zero: zeros },
    nodes: [
      {
        op: "Scan",
        in: ["zero", "zero", "x"],
        out: ["h1", "h2", "y"],
        attributes: { body: FILTER, num_scan_inputs: 1, ...attributes },
      },
    ],
    outputs: ["h1", "h2", "y"],
  });

/** v = v · w + step, so often as `count` says, and no longer than `v` is small where `small` is given. */
const counted = (count: number, last: number): Uint8Array =>
  onnxModel({
    inputs: { x: "f32[3]", w: "f32[3]" },
    initializers: { M: tensor("i64", [], [count]), last: tensor("i64", [], [last]) },
    nodes: [
      {
        op: "Loop",
        in: ["M", "", "x"],
        out: ["v", "all"],
        attributes: {
          body: {
            inputs: { i: "i64[]", go: "bool[]", v: "f32[3]" },
            nodes: [
              { op: "Cast", in: ["i"], out: ["f"], attributes: { to: 1 } },
              { op: "Mul", in: ["v", "w"], out: ["vw"] },
              { op: "Add", in: ["vw", "f"], out: ["n"] },
              { op: "Less", in: ["i", "last"], out: ["more"] },
              { op: "Identity", in: ["n"], out: ["kept"] },
            ],
            outputs: { more: "bool[]", n: "f32[3]", kept: "f32[3]" },
          },
        },
      },
    ],
    outputs: ["v", "all"],
  });

async function agrees(bytes: Uint8Array, inputs: ReadonlyMap<string, Tensor>): Promise<void> {
  const expected = await runOnnx(bytes, inputs);
  for (const engine of ["ts", "plain"] as const) {
    const product = await loadProduct(readOnnx(bytes), engine);
    const outputs = product.run(inputs);
    for (const [name, { type, data }] of expected) {
      expect(outputs.get(name)!.type.dims).toEqual(type.dims);
      data.forEach((value, i) =>
        expect(Number(outputs.get(name)!.data[i])).toBeCloseTo(Number(value), 5),
      );
    }
  }
}

describe("a fixed number of steps agrees with onnxruntime", () => {
  it.each<[string, NodeText["attributes"], number[]]>([
    ["forwards", {}, [9, 2]],
    ["backwards", { scan_input_directions: [1] }, [6, 2]],
    ["along the last axis", { scan_input_axes: [-1], scan_output_axes: [1] }, [2, 5]],
    ["its results from the end", { scan_output_directions: [1] }, [4, 2]],
  ])("of a filter, %s", async (_, attributes, dims) => {
    await agrees(filter(attributes, dims.join(",")), new Map([["x", random(dims, 3)]]));
  });

  it.each([
    ["so many", 4, 99],
    ["as long as a condition holds that is known", 1000, 2],
  ])("%s", async (_, count, last) => {
    const inputs = new Map([
      ["x", random([3], 4)],
      ["w", random([3], 5)],
    ]);
    await agrees(counted(count, last), inputs);
  });
});

describe("what is refused", () => {
  it("as many steps as a run finds", () => {
    const body: OnnxText = {
      inputs: { i: "i64[]", go: "bool[]", v: "f32[3]" },
      nodes: [
        { op: "ReduceSum", in: ["v"], out: ["sum"], attributes: { keepdims: 0 } },
        { op: "Less", in: ["sum", "ten"], out: ["more"] },
        { op: "Add", in: ["v", "v"], out: ["n"] },
      ],
      outputs: { more: "bool[]", n: "f32[3]" },
    };
    const bytes = onnxModel({
      inputs: { x: "f32[3]" },
      initializers: { ten: tensor("f32", [], [10]) },
      nodes: [{ op: "Loop", in: ["", "", "x"], out: ["v"], attributes: { body } }],
      outputs: ["v"],
    });
    expect(problemsOf(bytes)).toMatchObject([
      { code: "needs-constant", op: "Loop", hint: expect.stringContaining("fixed") as string },
    ]);
  });

  it("steps without end, before they take time", () => {
    const body: OnnxText = {
      inputs: { i: "i64[]", go: "bool[]", v: "f32[3]" },
      nodes: [],
      outputs: { go: "bool[]", v: "f32[3]" },
    };
    const forever = (initializers: OnnxText["initializers"], count: string): Uint8Array =>
      onnxModel({
        inputs: { x: "f32[3]" },
        ...(initializers === undefined ? {} : { initializers }),
        nodes: [{ op: "Loop", in: [count, "", "x"], out: ["v"], attributes: { body } }],
        outputs: ["v"],
      });
    const many = { M: tensor("i64", [], [2 ** 52]) };
    for (const bytes of [forever(undefined, ""), forever(many, "M")])
      expect(problemsOf(bytes)).toMatchObject([{ code: "over-budget", op: "Loop" }]);
  });

  it("inputs that scan different numbers of steps", () => {
    const body: OnnxText = {
      inputs: { a: "f32[2]", b: "f32[2]" },
      nodes: [{ op: "Add", in: ["a", "b"], out: ["y"] }],
      outputs: { y: "f32[2]" },
    };
    const bytes = onnxModel({
      inputs: { a: "f32[3,2]", b: "f32[4,2]" },
      nodes: [{ op: "Scan", in: ["a", "b"], out: ["y"], attributes: { body, num_scan_inputs: 2 } }],
      outputs: ["y"],
    });
    expect(problemsOf(bytes)).toMatchObject([
      { code: "shape-mismatch", message: "its inputs have 3 and 4 steps to scan" },
    ]);
  });
});
