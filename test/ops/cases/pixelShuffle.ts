/** Cases of pixel shuffles, against the definitions in ONNX's documents. */
import { elementCount, type Tensor, tensor } from "../../../compiler/base/tensor.js";
import { at, indicesIn, type OpCase, random } from "./opCase.js";

/** The same elements under other dims, permuted, and under other dims again: ONNX's own definition. */
function shuffleCase(
  op: "DCR" | "CRD" | "spaceDCR" | "spaceCRD",
  dims: readonly [number, number, number, number],
  b: number,
): OpCase {
  const x = random(dims, 95);
  const [n, c, h, w] = dims;
  const steps = {
    DCR: { split: [n, b, b, c / (b * b), h, w], permutation: [0, 3, 4, 1, 5, 2] },
    CRD: { split: [n, c / (b * b), b, b, h, w], permutation: [0, 1, 4, 2, 5, 3] },
    spaceDCR: { split: [n, c, h / b, b, w / b, b], permutation: [0, 3, 5, 1, 2, 4] },
    spaceCRD: { split: [n, c, h / b, b, w / b, b], permutation: [0, 1, 3, 5, 2, 4] },
  }[op];
  const split: Tensor = { type: { dtype: "f32", dims: steps.split }, data: x.data };
  const moved = steps.permutation.map((from) => steps.split[from]!);
  const values = indicesIn(moved).map((index) => {
    const from = new Array<number>(6);
    steps.permutation.forEach((axis, i) => (from[axis] = index[i]!));
    return at(split, from);
  });
  const out = op.startsWith("space")
    ? [n, c * b * b, h / b, w / b]
    : [n, c / (b * b), h * b, w * b];
  if (elementCount(out) !== values.length) throw new Error("elements were lost");
  return {
    title: `${op} [${dims.join(",")}] ${b}`,
    inputs: [x],
    attributes: { blockSize: b, mode: op.slice(-3) },
    expected: tensor("f32", out, values),
  };
}

export const shuffleCases: Readonly<Record<string, readonly OpCase[]>> = {
  depthToSpace: (["DCR", "CRD"] as const).flatMap((mode) => [
    shuffleCase(mode, [2, 8, 2, 3], 2),
    shuffleCase(mode, [1, 9, 2, 1], 3),
    shuffleCase(mode, [1, 3, 2, 2], 1),
  ]),
  spaceToDepth: (["spaceDCR", "spaceCRD"] as const).flatMap((op) => [
    shuffleCase(op, [2, 3, 4, 6], 2),
    shuffleCase(op, [1, 1, 6, 3], 3),
    shuffleCase(op, [1, 2, 3, 3], 1),
  ]),
};
