/** A small ONNX model of lists and optional values, which are gone when it is read. */
import { tensor, type Tensor } from "../../compiler/base/tensor.js";
import { onnxModel } from "./onnxModel.js";

const at = (position: number): Tensor => tensor("i64", [], [position]);

/** A list that is cut, made longer and shorter, looked into and put together. */
export const lists = onnxModel(
  {
    inputs: { x: "f32[4,6]" },
    initializers: { zero: at(0), one: at(1) },
    outputs: ["y"],
    nodes: [
      { op: "SplitToSequence", in: ["x"], out: ["parts"], attributes: { axis: 0, keepdims: 0 } },
      { op: "SequenceErase", in: ["parts", "one"], out: ["fewer"] },
      { op: "SequenceAt", in: ["fewer", "zero"], out: ["first"] },
      { op: "SequenceEmpty", out: ["none"] },
      { op: "SequenceInsert", in: ["none", "first"], out: ["some"] },
      { op: "SequenceConstruct", in: ["first", "first"], out: ["both"] },
      { op: "SequenceAt", in: ["some", "zero"], out: ["again"] },
      { op: "SequenceInsert", in: ["both", "again", "one"], out: ["three"] },
      { op: "Optional", in: ["three"], out: ["maybe"] },
      { op: "OptionalGetElement", in: ["maybe"], out: ["sure"] },
      {
        op: "ConcatFromSequence",
        in: ["sure"],
        out: ["whole"],
        attributes: { axis: 1, new_axis: 1 },
      },
      { op: "SequenceLength", in: ["sure"], out: ["length"] },
      { op: "OptionalHasElement", in: ["maybe"], out: ["there"] },
      { op: "Cast", in: ["length"], out: ["count"], attributes: { to: 1 } },
      { op: "Cast", in: ["there"], out: ["factor"], attributes: { to: 1 } },
      { op: "Mul", in: ["whole", "count"], out: ["scaled"] },
      { op: "Mul", in: ["scaled", "factor"], out: ["y"] },
    ],
  },
  { opset: 18 },
);
