/** Random nodes of recurrent layers. */
import { tensor } from "../../../../compiler/base/tensor.js";
import { float, floats } from "../../../support/onnxModel.js";
import { exactly, maybe, type Draw, type Generator, type Operand } from "../draw.js";
import type { Schema } from "../changelog.js";

/** Activations that do not jump, and whether they take alpha and beta; of what is large onnxruntime's Softplus is infinite. */
const ACTIVATIONS: readonly (readonly [name: string, alpha: boolean, beta: boolean])[] = [
  ["Sigmoid", false, false],
  ["Tanh", false, false],
  ["Relu", false, false],
  ["Softsign", false, false],
  ["Affine", true, true],
  ["LeakyRelu", true, false],
  ["ScaledTanh", true, true],
  ["HardSigmoid", true, true],
  ["Elu", true, false],
];

/** `count` functions a direction, and what those of them that take something take. */
function activations(draw: Draw, count: number) {
  if (draw.chance(0.5)) return {};
  const chosen = Array.from({ length: count }, () => draw.pick(ACTIVATIONS));
  const some = (takes: boolean[]) => takes.filter(Boolean).map(() => draw.int(1, 7) / 8);
  const alpha = some(chosen.map(([, takes]) => takes));
  const beta = some(chosen.map(([, , takes]) => takes));
  return {
    activations: chosen.map(([name]) => name),
    activation_alpha: alpha.length === 0 ? undefined : floats(alpha),
    activation_beta: beta.length === 0 ? undefined : floats(beta),
  };
}

const layer =
  (gates: number, functions: number, states: number): Generator =>
  (draw, { attributes, inputs }: Schema) => {
    const [seq, batch, width, hidden] = [
      draw.int(1, 3),
      draw.int(1, 3),
      draw.int(1, 4),
      draw.int(1, 5),
    ];
    const direction = draw.pick(["forward", "reverse", "bidirectional"]);
    const directions = direction === "bidirectional" ? 2 : 1;
    const operand = (...dims: number[]): Operand => draw.operand(["f32"], exactly(dims), "plain");
    const optional = (make: () => Operand): Operand | undefined =>
      draw.chance(0.5) ? make() : undefined;
    const rows = gates * hidden;
    // A row of no steps at all is refused there.
    const lengths = Array.from({ length: batch }, () => draw.int(1, seq));
    // Small, so that what is not bounded does not grow from step to step.
    const recurrent = [directions, rows, hidden];
    const weights = Array.from({ length: directions * rows * hidden }, () => draw.int(-9, 9) / 32);
    const state = () => operand(directions, batch, hidden);
    const all = [
      operand(seq, batch, width),
      operand(directions, rows, width),
      draw.given(tensor("f32", recurrent, weights), true),
      optional(() => operand(directions, 2 * rows)),
      optional(() => draw.given(tensor("i32", [batch], lengths), draw.chance(0.5))),
      optional(state),
      ...(states > 1 ? [optional(state), optional(() => operand(directions, 3 * hidden))] : []),
    ];
    return {
      inputs: all.slice(0, inputs.length),
      attributes: {
        ...activations(draw, functions * directions),
        direction: direction === "forward" ? maybe(draw, direction) : direction,
        hidden_size: hidden,
        clip: maybe(draw, float(draw.pick([0.25, 1, 5]))),
        layout: attributes.has("layout") ? maybe(draw, 0) : undefined,
        input_forget: attributes.has("input_forget") ? maybe(draw, draw.int(0, 1)) : undefined,
        linear_before_reset: attributes.has("linear_before_reset")
          ? maybe(draw, draw.int(0, 1))
          : undefined,
      },
      outputs: 1 + states,
    };
  };

export const recurrent: Readonly<Record<string, Generator>> = {
  LSTM: layer(4, 3, 2),
  GRU: layer(3, 2, 1),
  RNN: layer(1, 1, 1),
};
