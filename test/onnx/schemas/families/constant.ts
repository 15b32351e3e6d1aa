/** Random nodes of constants, and of ops that speak of shapes or pass values on. */
import { tensor } from "../../../../compiler/base/tensor.js";
import { float, floats, type AttributeInput } from "../../../support/onnxModel.js";
import { filled, list, maybe, ranks, type Generator } from "../draw.js";

const identity: Generator = (draw, { inputs }) => ({
  inputs: [draw.operand(inputs[0]!.dtypes, ranks(0, 4))],
});

const dropout: Generator = (draw, { inputs, attributes, since }) => {
  const x = draw.operand(["f32"], ranks(0, 4));
  const outputs = since >= 7 ? draw.pick([1, 2]) : 1;
  if (inputs.length === 1) {
    return {
      inputs: [x],
      attributes: {
        ratio: maybe(draw, float(draw.pick([0.25, 0.9]))),
        is_test: attributes.has("is_test") ? 1 : undefined,
      },
      outputs,
    };
  }
  const ratio = draw.chance(0.5) ? draw.given(tensor("f32", [], [0.25])) : undefined;
  const training = draw.chance(0.4) ? draw.given(tensor("bool", [], [0])) : undefined;
  return { inputs: [x, ratio, training], attributes: { seed: maybe(draw, 7) }, outputs };
};

const constant: Generator = (draw, { attributes, outputs }) => {
  const values: Readonly<Record<string, () => AttributeInput>> = {
    value: () => filled(draw, draw.pick(outputs[0]!.dtypes), ranks(0, 3).make(draw), "any"),
    value_float: () => float(draw.pick([0.5, -3])),
    value_floats: () => floats([draw.pick([0.5, 1]), -2]),
    value_int: () => draw.int(-9, 9),
    value_ints: () => [draw.int(-9, 9), 4],
  };
  const name = draw.pick(Object.keys(values).filter((one) => attributes.has(one)));
  return { inputs: [], attributes: { [name]: values[name]!() } };
};

const constantOfShape: Generator = (draw, { outputs }) => {
  const value = filled(draw, draw.pick(outputs[0]!.dtypes), [1], "plain");
  return {
    inputs: [draw.given(list(...ranks(0, 3).make(draw)))],
    attributes: { value: maybe(draw, value) },
  };
};

const shape: Generator = (draw, { inputs, attributes }) => {
  const x = draw.operand(inputs[0]!.dtypes, ranks(1, 4));
  const rank = x.dims.length;
  const start = draw.int(0, rank - 1);
  const end = draw.int(start + 1, rank + 2);
  const part = attributes.has("start");
  return {
    inputs: [x],
    attributes: {
      start: part ? maybe(draw, draw.pick([start, start - rank])) : undefined,
      end: part ? maybe(draw, end) : undefined,
    },
  };
};

const range: Generator = (draw, { inputs, attributes }) => {
  const dtype = draw.pick(inputs[0]!.dtypes);
  const by = draw.pick(dtype === "f32" ? [0.5, 1, -0.75] : [1, 2, -3]);
  const from = draw.int(-3, 3);
  const scalars = [from, from + by * draw.int(1, 6) - by / (dtype === "f32" ? 4 : 1e9), by];
  return {
    inputs: scalars.map((value) =>
      draw.given(tensor(dtype, [], [dtype === "f32" ? value : Math.round(value)])),
    ),
    attributes: { stash_type: attributes.has("stash_type") ? maybe(draw, 1) : undefined },
  };
};

export const constants: Readonly<Record<string, Generator>> = {
  Identity: identity,
  Dropout: dropout,
  Constant: constant,
  ConstantOfShape: constantOfShape,
  Shape: shape,
  Size: identity,
  Range: range,
};
