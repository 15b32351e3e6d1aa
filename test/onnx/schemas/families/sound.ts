/** Random nodes of Fourier transforms, windows and mel bands. */
import { tensor, type DType } from "../../../../compiler/base/tensor.js";
import { ONNX_TYPES } from "../../../../compiler/onnx/proto.js";
import type { Schema } from "../changelog.js";
import { axisOf, filled, maybe, type Draw, type Generator, type Operand } from "../draw.js";

const number = (draw: Draw, dtype: DType, value: number): Operand =>
  draw.given(tensor(dtype, [], [value]));

const typed = (draw: Draw, { outputs }: Schema): number | undefined =>
  maybe(draw, ONNX_TYPES[draw.pick(outputs[0]!.dtypes)]);

const window: Generator = (draw, schema) => ({
  inputs: [number(draw, draw.pick(schema.inputs[0]!.dtypes), draw.int(2, 12))],
  attributes: { output_datatype: typed(draw, schema), periodic: maybe(draw, draw.int(0, 1)) },
});

const melWeightMatrix: Generator = (draw, schema) => {
  const rate = draw.pick([8000, 16000, 44100]);
  const low = draw.pick([0, 20, 125]);
  const sizes = draw.pick(schema.inputs[0]!.dtypes);
  const values = [draw.int(1, 8), draw.pick([16, 32, 62]), rate, low, rate / draw.pick([2, 3])];
  return {
    inputs: values.map((value, i) => number(draw, i < 3 ? sizes : "f32", value)),
    attributes: { output_datatype: typed(draw, schema) },
  };
};

/** Real or complex numbers of ordinary size: a transform adds all of them. */
function signal(draw: Draw, dtypes: readonly DType[], dims: readonly number[]): Operand {
  return draw.given(filled(draw, draw.pick(dtypes), dims, "plain"), true);
}

const dft: Generator = (draw, { inputs, attributes }) => {
  const onesided = draw.chance(0.4);
  const lengths = Array.from({ length: draw.int(1, 3) }, () => draw.int(2, 9));
  const dims = [draw.int(1, 2), ...lengths, onesided ? 1 : draw.pick([1, 2])];
  const axis = axisOf(draw, lengths.length, false) + 1;
  const at = inputs.length > 2 && draw.chance(0.5) ? axis - dims.length : axis;
  const byDefault = attributes.has("axis") ? at === 1 : at === -2;
  const given = byDefault && draw.chance(0.5) ? undefined : at;
  return {
    inputs: [
      signal(draw, inputs[0]!.dtypes, dims),
      draw.chance(0.5) ? number(draw, draw.pick(inputs[1]!.dtypes), draw.int(2, 12)) : undefined,
      ...(inputs.length > 2 && given !== undefined ? [number(draw, "i64", given)] : []),
    ],
    attributes: {
      axis: attributes.has("axis") ? given : undefined,
      onesided: onesided ? 1 : maybe(draw, 0),
      inverse: onesided ? maybe(draw, 0) : maybe(draw, draw.int(0, 1)),
    },
  };
};

const stft: Generator = (draw, { inputs }) => {
  const sizes = draw.pick(inputs[1]!.dtypes);
  const onesided = draw.chance(0.5);
  const length = draw.int(2, 9);
  const parts = onesided || draw.chance(0.5) ? draw.pick([[], [1]]) : [2];
  const dims = [draw.int(1, 2), length + draw.int(0, 9), ...parts];
  const windowed = draw.chance(0.6);
  const taps = filled(draw, "f32", [length], "plain");
  return {
    inputs: [
      signal(draw, inputs[0]!.dtypes, dims),
      number(draw, sizes, draw.int(1, 5)),
      windowed ? draw.given(taps, true) : undefined,
      windowed && draw.chance(0.5) ? undefined : number(draw, sizes, length),
    ],
    attributes: { onesided: onesided ? maybe(draw, 1) : 0 },
  };
};

export const sound: Readonly<Record<string, Generator>> = {
  HannWindow: window,
  HammingWindow: window,
  BlackmanWindow: window,
  MelWeightMatrix: melWeightMatrix,
  DFT: dft,
  STFT: stft,
};
