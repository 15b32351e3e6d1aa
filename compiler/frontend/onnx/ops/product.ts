/** How ONNX's sums of products are read: one row an op. */
import { z } from "zod";
import {
  flag,
  float,
  layer,
  row,
  same,
  type Layer,
  type Row,
  type Site,
  type Value,
} from "../importSite.js";
import { scalar } from "./pointwise.js";

export interface Gemm {
  readonly alpha: number;
  readonly beta: number;
  readonly transA: boolean;
  readonly transB: boolean;
}

/** alpha · A B + beta · C. With constant weights it is a linear layer, and C its bias where it can be. */
export function gemm({ inputs, attributes, constantType }: Site<Gemm>): Value {
  const [a, b, c] = inputs;
  const { alpha, beta, transA, transB } = attributes;
  const flipped = (x: Value): Layer => layer("transpose", [x], { permutation: [1, 0] });
  const left = transA ? flipped(a!) : a!;
  const weights = constantType(1);
  const linear = weights?.dims.length === 2;
  const outputs = weights?.dims[transB ? 0 : 1];
  const bias =
    c !== undefined && constantType(2)?.dims.length === 1 && constantType(2)!.dims[0] === outputs;
  if (linear && alpha === 1 && (c === undefined || (bias && beta === 1))) {
    return layer("matmul", [left, transB ? b : flipped(b!), c], { axis: 1 });
  }
  const product = layer("matmul", [left, transB ? flipped(b!) : b]);
  const scaled = alpha === 1 ? product : layer("mul", [product, scalar(alpha)]);
  if (c === undefined) return scaled;
  return layer("add", [scaled, beta === 1 ? c : layer("mul", [c, scalar(beta)])]);
}

/** Constant weights [in, out] make it a linear layer along the last dimension. */
function matmul({ inputs: [a, b], constantType }: Site): Value {
  if (constantType(1)?.dims.length !== 2) return layer("matmul", [a, b]);
  return layer("matmul", [a, layer("transpose", [b], { permutation: [1, 0] })], { axis: -1 });
}

const GEMM = ["alpha", "beta", "transA", "transB"] as const;

export const productRows: Readonly<Record<string, Row>> = {
  MatMul: row({ inputs: "A B", since: [1, 9, 13], build: matmul }),
  Einsum: row({
    inputs: "Inputs…",
    attributes: { equation: z.string() },
    since: [12, 28],
    build: same("einsum"),
  }),
  Gemm: row({
    inputs: "A B C?",
    attributes: {
      alpha: float.default(1),
      beta: float.default(1),
      transA: flag.default(false),
      transB: flag.default(false),
      broadcast: flag.optional(),
    },
    since: [6, [7, GEMM], [9, GEMM], [11, GEMM], [13, GEMM]],
    build: gemm,
  }),
};
