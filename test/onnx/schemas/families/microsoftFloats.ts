/** Random nodes of onnxruntime's own ops of floats, some of whose weights are bytes. */
import { elementCount, tensor } from "../../../../compiler/base/tensor.js";
import { float, floats } from "../../../support/onnxModel.js";
import { exactly, maybe, ranks, type Generator, type Operand } from "../draw.js";
import { gemm } from "./product.js";
import { gridSample } from "./resample.js";
import { trilu } from "./select.js";
import { conv } from "./window.js";

const PARAMETERS = {
  LeakyRelu: [0.1],
  Clip: [-0.5, 1.5],
  HardSigmoid: [0.2, 0.5],
} as const;

const fusedConv: Generator = (draw, schema) => {
  const { inputs, attributes = {} } = conv(draw, schema);
  const activation = draw.pick(["Relu", "Tanh", "Sigmoid", "LeakyRelu", "Clip", "HardSigmoid"]);
  const parameters = PARAMETERS[activation as keyof typeof PARAMETERS] as
    readonly number[] | undefined;
  const [x, w] = inputs;
  // of a kernel of 1, so that the size of the result is known
  const dims = [x!.dims[0]!, w!.dims[0]!, ...x!.dims.slice(2)];
  const same = draw.chance(0.4);
  const point = draw.operand(
    ["f32"],
    exactly([...w!.dims.slice(0, 2), ...x!.dims.slice(2).map(() => 1)]),
    "plain",
  );
  const { group } = attributes;
  return {
    inputs: same ? [x, point, inputs[2], draw.operand(["f32"], exactly(dims), "plain")] : inputs,
    attributes: {
      ...(same ? { group } : attributes),
      activation: maybe(draw, activation),
      activation_params: parameters === undefined ? undefined : floats(parameters),
    },
  };
};

const fusedGemm: Generator = (draw, schema) => {
  const { inputs, attributes } = gemm(draw, { ...schema, since: 13 });
  const activation = draw.pick(["Relu", "Tanh", "Sigmoid", "LeakyRelu", "HardSigmoid", "Selu"]);
  const [alpha, beta, gamma] = [
    ["LeakyRelu", "HardSigmoid", "Selu"].includes(activation),
    activation === "HardSigmoid",
    activation === "Selu",
  ].map((has) => (has ? float(0.3) : undefined));
  return {
    inputs,
    attributes: {
      ...attributes,
      activation,
      activation_alpha: alpha,
      activation_beta: beta,
      activation_gamma: gamma,
    },
  };
};

/** The dims of an operand that is turned so, for those it has afterwards. */
function before(dims: readonly number[], matrix: boolean, batch: boolean): readonly number[] {
  const turned = [...dims];
  if (matrix) turned.push(...turned.splice(dims.length - 2, 1));
  if (batch) turned.unshift(...turned.splice(dims.length - 2, 1));
  return turned;
}

const fusedMatMul: Generator = (draw, { attributes }) => {
  const batched = attributes.has("transBatchA");
  const rank = draw.int(2, 4);
  const batch = Array.from({ length: rank - 2 }, () => draw.int(1, 3));
  const [m, k, n] = [draw.int(1, 4), draw.int(1, 4), draw.int(1, 4)];
  const flag = (has: boolean) => (has ? draw.int(0, 1) : 0);
  const [transA, transB, batchA, batchB] = [
    true,
    true,
    batched && rank > 2,
    batched && rank > 2,
  ].map(flag);
  const a = before([...batch, m, k], transA === 1, batchA === 1);
  const b = before([...batch, k, n], transB === 1, batchB === 1);
  const given = (value: number | undefined) => (value === 0 ? maybe(draw, 0) : value);
  return {
    inputs: [a, b].map((dims) => draw.operand(["f32"], exactly(dims), "plain")),
    attributes: {
      alpha: maybe(draw, float(draw.pick([0.5, 2]))),
      transA: given(transA),
      transB: given(transB),
      ...(batched ? { transBatchA: given(batchA), transBatchB: given(batchB) } : {}),
    },
  };
};

const biasGelu: Generator = (draw, { inputs }) => {
  const x = draw.operand(["f32"], ranks(1, 4), "plain");
  const bias = draw.operand(["f32"], exactly([x.dims.at(-1)!]), "plain");
  return { inputs: [x, inputs[1]!.kind === "optional" && draw.chance(0.4) ? undefined : bias] };
};

const activation: Generator = (draw, { attributes }) => ({
  inputs: [draw.operand(["f32"], ranks(1, 4), "plain")],
  attributes: {
    alpha: attributes.has("alpha") ? maybe(draw, float(draw.pick([1, 0.5, 1.3]))) : undefined,
  },
});

const skipNorm: Generator = (draw, { inputs }) => {
  const x = draw.operand(["f32"], ranks(3, 3), "plain");
  const last = exactly([x.dims[2]!]);
  const parameters = inputs
    .slice(2)
    .map(({ kind }) =>
      kind === "optional" && draw.chance(0.4) ? undefined : draw.operand(["f32"], last, "plain"),
    );
  return {
    inputs: [x, draw.operand(["f32"], exactly(x.dims), "plain"), ...parameters],
    attributes: { epsilon: maybe(draw, float(draw.pick([1e-3, 0.1]))) },
  };
};

/** Weights of few bits in blocks of 16 or 32. */
const nBits: Generator = (draw) => {
  const [bits, size] = [draw.pick([4, 4, 8, 2]), draw.pick([16, 32])];
  const [n, k] = [draw.int(1, 4), draw.int(3, 70)];
  const blocks = Math.ceil(k / size);
  const bytes = (...dims: readonly number[]): Operand =>
    draw.given(
      tensor(
        "u8",
        dims,
        Array.from({ length: elementCount(dims) }, () => draw.int(0, 255)),
      ),
    );
  const steps = Array.from({ length: n * blocks }, () => draw.int(1, 100) / 1000);
  const zero = draw.pick([undefined, "packed", "floats"] as const);
  const points = Array.from({ length: n * blocks }, () => draw.int(0, 2 ** bits - 1));
  return {
    inputs: [
      draw.operand(["f32"], exactly([...ranks(1, 2).make(draw), k]), "plain"),
      bytes(n, blocks, (size * bits) / 8),
      draw.given(tensor("f32", [n, blocks], steps)),
      zero === "packed"
        ? bytes(n, Math.ceil((blocks * bits) / 8))
        : zero === "floats"
          ? draw.given(tensor("f32", [n, blocks], points))
          : undefined,
      draw.chance(0.1)
        ? draw.given(
            tensor(
              "i32",
              [k],
              Array.from({ length: k }, () => 0),
            ),
          )
        : undefined,
      draw.chance(0.4) ? draw.operand(["f32"], exactly([n]), "plain") : undefined,
    ],
    attributes: {
      K: k,
      N: n,
      bits: bits === 4 ? maybe(draw, 4) : bits,
      block_size: size,
      accuracy_level: maybe(draw, draw.pick([0, 1])),
      weight_prepacked: maybe(draw, 0),
    },
  };
};

export const microsoftFloats: Readonly<Record<string, Generator>> = {
  "com.microsoft.FusedConv": fusedConv,
  "com.microsoft.FusedGemm": fusedGemm,
  "com.microsoft.FusedMatMul": fusedMatMul,
  "com.microsoft.TransposeMatMul": fusedMatMul,
  "com.microsoft.MatMulNBits": nBits,
  "com.microsoft.GridSample": gridSample,
  "com.microsoft.Trilu": trilu,
  "com.microsoft.Gelu": activation,
  "com.microsoft.BiasGelu": biasGelu,
  "com.microsoft.FastGelu": biasGelu,
  "com.microsoft.QuickGelu": activation,
  "com.microsoft.SkipLayerNormalization": skipNorm,
  "com.microsoft.SkipSimplifiedLayerNormalization": skipNorm,
};
