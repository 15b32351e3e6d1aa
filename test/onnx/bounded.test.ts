/** Outputs of a number of rows that data decides: the first ones are onnxruntime's, counted, and the rest says that it is none. */
import { describe, expect, it, vi } from "vitest";
import { readOnnx } from "../../compiler/frontend/onnx/import.js";
import { elementCount, tensor, type Tensor } from "../../compiler/base/tensor.js";
import { onnxModel, type NodeText } from "../support/onnxModel.js";
import { runOnnx } from "../support/onnxRuntime.js";
import { loadProduct, steadyRun } from "../support/product.js";
import { SIMDS } from "../support/simd.js";
import { random } from "../ops/cases/opCase.js";
import { problemsOf } from "./imported.js";
import { retinaHead } from "./vision/detectors.js";

// That modules are laid out for people is looked at elsewhere.
vi.mock("prettier", () => ({ format: (source: string) => Promise.resolve(source) }));

interface Case {
  readonly nodes: readonly NodeText[];
  readonly inputs: Readonly<Record<string, Tensor>>;
  readonly constants?: Readonly<Record<string, Tensor>>;
  /** Output names, with the axis of their rows where that is not the first. */
  readonly outputs: Readonly<Record<string, number>>;
  readonly opset?: number;
}

function modelOf({ nodes, inputs, constants, outputs, opset = 17 }: Case): Uint8Array {
  const shown = Object.entries(inputs).map(([name, { type }]) => [
    name,
    `${type.dtype}[${type.dims.join(",")}]`,
  ]);
  return onnxModel(
    {
      nodes,
      inputs: Object.fromEntries(shown) as Record<string, string>,
      initializers: constants ?? {},
      outputs: Object.keys(outputs),
    },
    { opset },
  );
}

/** The rows that are there; throws where one beyond is not what it is filled with. */
function rowsOf({ type, data }: Tensor, axis: number, count: number): Tensor {
  const inner = elementCount(type.dims.slice(axis + 1));
  const rows = type.dims[axis]!;
  const kept: number[] = [];
  const fill = type.dtype === "f32" || type.dtype === "bool" ? 0 : -1;
  data.forEach((value, i) => {
    if (Math.floor(i / inner) % rows < count) kept.push(Number(value));
    else if (Number(value) !== fill)
      throw new Error(`element ${i} is ${value}, beyond ${count} rows`);
  });
  return tensor(type.dtype, type.dims.with(axis, count), kept);
}

/** As equal as two ways to sum are. */
function expectAlike(own: Tensor, theirs: Tensor, where: string): void {
  expect(own.type, where).toEqual(theirs.type);
  theirs.data.forEach((value, i) => {
    const off = Math.abs(Number(own.data[i]) - Number(value));
    if (!(off < 1e-5)) expect.fail(`${where}: element ${i} is ${own.data[i]}, expected ${value}`);
  });
}

/** Outputs less the rows that are not there, and onnxruntime's. */
async function compared(one: Case): Promise<void> {
  const bytes = modelOf(one);
  const inputs = new Map(Object.entries(one.inputs));
  const theirs = await runOnnx(bytes, inputs);
  const ours = steadyRun(await loadProduct(readOnnx(bytes), "ts"), inputs);
  for (const [name, axis] of Object.entries(one.outputs)) {
    const count = Number(ours.get(`${name}_count`)!.data[0]);
    const rows = rowsOf(ours.get(name)!, axis, count);
    expect({ name, ...rows }).toEqual({ name, ...theirs.get(name)! });
  }
}

function boxesOf(count: number, seed: number): Tensor {
  const { data } = random([count, 4], seed);
  const boxes = Array.from({ length: count }, (_, i) => {
    const [x, y, w, h] = [0, 1, 2, 3].map((d) => Math.abs(Number(data[4 * i + d])));
    return [x! * 10, y! * 10, (x! + w!) * 10, (y! + h!) * 10];
  });
  return tensor("f32", [1, count, 4], boxes.flat());
}

const mask = random([3, 5], 1, "bool");
const limits = {
  most: tensor("i64", [1], [6]),
  overlap: tensor("f32", [1], [0.3]),
  least: tensor("f32", [1], [0.5]),
};
const suppressed = (boxes: string): NodeText => ({
  op: "NonMaxSuppression",
  in: [boxes, "scores", "most", "overlap", "least"],
  out: ["found"],
});

describe("rows that are there are those of onnxruntime", () => {
  it.each<[string, Case]>([
    [
      "places that are not zero",
      { nodes: [{ op: "NonZero", in: ["x"], out: ["y"] }], inputs: { x: mask }, outputs: { y: 1 } },
    ],
    [
      "nothing that is not zero",
      {
        nodes: [{ op: "NonZero", in: ["x"], out: ["y"] }],
        inputs: { x: tensor("f32", [2, 2], [0, 0, 0, 0]) },
        outputs: { y: 1 },
      },
    ],
    [
      "slices where a condition holds",
      {
        nodes: [{ op: "Compress", in: ["x", "c"], out: ["y"], attributes: { axis: 1 } }],
        inputs: { x: random([2, 5, 3], 2), c: tensor("bool", [5], [0, 1, 1, 0, 1]) },
        outputs: { y: 1 },
      },
    ],
    [
      "elements where a shorter condition holds",
      {
        nodes: [{ op: "Compress", in: ["x", "c"], out: ["y"] }],
        inputs: { x: random([2, 3], 3), c: tensor("bool", [4], [0, 1, 0, 1]) },
        outputs: { y: 0 },
      },
    ],
    [
      "boxes",
      {
        nodes: [suppressed("boxes")],
        inputs: { boxes: boxesOf(20, 4), scores: random([1, 3, 20], 5) },
        constants: limits,
        outputs: { found: 0 },
      },
    ],
    [
      "boxes by centres",
      {
        nodes: [{ ...suppressed("boxes"), attributes: { center_point_box: 1 } }],
        inputs: { boxes: boxesOf(20, 6), scores: random([1, 2, 20], 7) },
        constants: limits,
        outputs: { found: 0 },
      },
    ],
    [
      "what is looked up by boxes, sliced, and computed with",
      {
        nodes: [
          suppressed("boxes"),
          { op: "Slice", in: ["found", "two", "three", "one"], out: ["column"] },
          { op: "Squeeze", in: ["column", "one"], out: ["place"] },
          { op: "Squeeze", in: ["boxes", "zero"], out: ["all"] },
          { op: "Gather", in: ["all", "place"], out: ["chosen"] },
          { op: "Slice", in: ["chosen", "zero", "four"], out: ["few"] },
          { op: "Mul", in: ["few", "half"], out: ["y"] },
          { op: "ReduceMax", in: ["y"], out: ["wide"], attributes: { axes: [1], keepdims: 0 } },
        ],
        inputs: { boxes: boxesOf(20, 4), scores: random([1, 3, 20], 5) },
        constants: {
          ...limits,
          zero: tensor("i64", [1], [0]),
          one: tensor("i64", [1], [1]),
          two: tensor("i64", [1], [2]),
          three: tensor("i64", [1], [3]),
          four: tensor("i64", [1], [4]),
          half: tensor("f32", [], [0.5]),
        },
        outputs: { y: 0, wide: 0 },
      },
    ],
    [
      "the best of two levels that are filtered and put together, as detectors do",
      {
        nodes: ["a", "b"]
          .flatMap((x): NodeText[] => [
            { op: "Greater", in: [x, "zero"], out: [`${x}Kept`] },
            { op: "NonZero", in: [`${x}Kept`], out: [`${x}Places`] },
            { op: "Transpose", in: [`${x}Places`], out: [`${x}Points`] },
            { op: "GatherND", in: [x, `${x}Points`], out: [`${x}Scores`] },
            { op: "Shape", in: [`${x}Scores`], out: [`${x}Size`] },
            { op: "Min", in: [`${x}Size`, "k"], out: [`${x}K`] },
            { op: "TopK", in: [`${x}Scores`, `${x}K`], out: [`${x}Best`, `${x}Order`] },
          ])
          .concat([
            { op: "Concat", in: ["aBest", "bBest"], out: ["scores"], attributes: { axis: 0 } },
            { op: "Concat", in: ["aOrder", "bOrder"], out: ["y"], attributes: { axis: 0 } },
            { op: "ReduceMin", in: ["scores"], out: ["least"], attributes: { keepdims: 1 } },
            { op: "Sub", in: ["scores", "least"], out: ["z"] },
          ]),
        inputs: {
          a: tensor("f32", [5], [0, 3, 1, 1.5, -2]),
          b: tensor("f32", [6], [7, 2, 2.5, -1, 9, 4]),
        },
        constants: { zero: tensor("f32", [], [1]), k: tensor("i64", [1], [3]) },
        outputs: { y: 0, z: 0 },
      },
    ],
  ])("%s", async (_, one) => await compared(one));
});

it("a detector with two levels, filters, offsets of classes and suppression has the boxes of onnxruntime", async () => {
  const { bytes, outputs } = retinaHead();
  const inputs = new Map([["x", random([1, 3, 16, 16], 11)]]);
  const theirs = await runOnnx(bytes, inputs);
  const ours = steadyRun(await loadProduct(readOnnx(bytes), SIMDS[0]!), inputs);
  for (const name of outputs) {
    const count = Number(ours.get(`${name}_count`)!.data[0]);
    expect(count).toBeGreaterThan(3);
    expectAlike(rowsOf(ours.get(name)!, 0, count), theirs.get(name)!, name);
  }
});

describe("where nobody says which rows are there", () => {
  it("a mean is refused", () => {
    const bytes = modelOf({
      nodes: [
        { op: "Compress", in: ["x", "c"], out: ["rows"], attributes: { axis: 0 } },
        { op: "ReduceMean", in: ["rows"], out: ["y"] },
      ],
      inputs: { x: random([5, 3], 2), c: tensor("bool", [5], [0, 1, 1, 0, 1]) },
      outputs: { y: 0 },
    });
    expect(problemsOf(bytes)[0]).toMatchObject({ code: "unsupported", op: "ReduceMean" });
  });
});
