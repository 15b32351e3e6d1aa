/** Cases of activations, each against a formula on plain numbers. */
import { applied, both, byteCase, one, two } from "./elementwise.js";
import { absolute, clamp, elu, erf, log1pExp, sigmoid, sign, tanh } from "./formulas.js";
import { type OpCase, random } from "./opCase.js";

function preluCases(): OpCase[] {
  const slope = (x: number, s: number): number => (x < 0 ? x * s : x);
  const cases = [
    { x: [2, 3, 4, 5], slope: [3], aligned: [3, 1, 1] },
    { x: [2, 3, 3], slope: [3], aligned: [3, 1] },
    { x: [2, 3], slope: [3], aligned: [3] },
    { x: [2, 3, 4], slope: [1], aligned: [1] },
    { x: [2, 3, 4], slope: [4], aligned: [4] },
    { x: [2, 3, 4], slope: [3, 1], aligned: [3, 1] },
    { x: [2, 3, 4], slope: [], aligned: [] },
  ];
  const shaped = cases.map(({ x: dims, slope: slopeDims, aligned }): OpCase => {
    const x = random(dims, 41);
    const slopes = random(slopeDims, 42);
    const viewed = { type: { dtype: "f32" as const, dims: aligned }, data: slopes.data };
    const title = `slope [${slopeDims.join(",")}] of [${dims.join(",")}]`;
    return {
      title,
      inputs: [x, slopes],
      expected: applied("f32", dims, [x, viewed], (a, b) => slope(a!, b!)),
    };
  });
  return [...shaped, ...two((a, b) => slope(a!, b!)).slice(0, 1)];
}

export const activationCases: Readonly<Record<string, readonly OpCase[]>> = {
  relu: [
    ...both((x) => clamp(x!, 0, Infinity) + 0),
    byteCase("i8", [-128, -1, 0, 127], [0, 0, 0, 127]),
  ],
  clip: [
    ...both((x) => clamp(x!, -1, 2), { min: -1, max: 2 }),
    ...both((x) => clamp(x!, -3, Infinity), { min: -3 }),
    ...both((x) => clamp(x!, -Infinity, 6), { max: 6 }),
    ...both((x) => x!),
    ...one((x) => (Number.isNaN(x!) ? x! : 1), { min: 2, max: 1 }),
    byteCase("i8", [-128, -9, 0, 9, 127], [-9, -9, 0, 9, 9], { min: -9, max: 9 }),
    byteCase("u8", [0, 9, 200, 255], [9, 9, 200, 255], { min: 9, max: 300 }),
    byteCase("i32", [-(2 ** 31), 2 ** 31 - 1], [-(2 ** 31), 7], { min: -(2 ** 53), max: 7 }),
  ],
  leakyRelu: [
    ...one((x) => (x! < 0 ? 0.01 * x! : x!)),
    ...one((x) => (x! < 0 ? -0.5 * x! : x!), { alpha: -0.5 }),
  ],
  prelu: preluCases(),
  thresholdedRelu: [
    ...one((x) => (x! <= 1 || Number.isNaN(x!) ? 0 : x!)),
    ...one((x) => (x! <= -2.5 || Number.isNaN(x!) ? 0 : x!), { alpha: -2.5 }),
  ],
  shrink: [
    ...one((x) => (Math.abs(x!) > 0.5 ? x! : 0)),
    ...one((x) => (Math.abs(x!) > 1.5 ? sign(x!) * (Math.abs(x!) - 0.25) : 0), {
      lambd: 1.5,
      bias: 0.25,
    }),
  ],
  elu: [...one((x) => elu(x!, 1)), ...one((x) => elu(x!, 0.3), { alpha: 0.3 })],
  selu: [
    ...one((x) => 1.0507009873554805 * elu(x!, 1.6732632423543772)),
    ...one((x) => 2 * elu(x!, 3), { alpha: 3, gamma: 2 }),
  ],
  celu: [
    ...one((x) => elu(x!, 1)),
    ...one((x) => (x! > 0 || x === 0 ? x! : 2 * (Math.exp(x! / 2) - 1)), { alpha: 2 }),
  ],
  gelu: [
    ...one((x) => x! * ((1 + erf(x! / Math.sqrt(2))) / 2)),
    ...one((x) => x! * ((1 + tanh(Math.sqrt(2 / Math.PI) * (x! + 0.044715 * x! ** 3))) / 2), {
      approximate: "tanh",
    }),
  ],
  sigmoid: one((x) => sigmoid(x!)),
  hardSigmoid: [
    ...one((x) => clamp(0.2 * x! + 0.5, 0, 1)),
    ...one((x) => clamp(x! / 6 + 0.25, 0, 1), { alpha: 1 / 6, beta: 0.25 }),
  ],
  hardSwish: one((x) => (x! * clamp(x! + 3, 0, 6)) / 6),
  silu: one((x) => x! * sigmoid(x!)),
  mish: one((x) => x! * tanh(log1pExp(x!))),
  tanh: one((x) => tanh(x!)),
  softplus: one((x) => log1pExp(x!)),
  softsign: one((x) => x! / (1 + absolute(x!))),
};
