/** Random nodes of matrix products and sums of products. */
import { float } from "../../../support/onnxModel.js";
import { type Draw, exactly, type Generator, maybe, type Operand, ranks, within } from "../draw.js";

/** Matrices, vectors and stacks of them. */
const matmul: Generator = (draw, { inputs }) => {
  const a = draw.operand(inputs[0]!.dtypes, ranks(1, 4));
  const k = a.dims.at(-1)!;
  const batch = a.dims.slice(0, -2);
  const other = (): number[] => {
    const rank = draw.int(0, batch.length);
    return batch.slice(batch.length - rank).map((dim) => (draw.chance(0.3) ? 1 : dim));
  };
  const dims = draw.chance(0.2) ? [k] : [...other(), k, draw.int(1, 5)];
  return { inputs: [a, draw.operand([a.dtype], exactly(dims), draw.pick(["any", "plain"]))] };
};

export const gemm: Generator = (draw, { inputs, since, attributes }) => {
  const a = draw.operand(inputs[0]!.dtypes, ranks(2, 2, 5));
  const [transA, transB] = [draw.int(0, 1), draw.int(0, 1)];
  const [m, k] = transA === 1 ? [a.dims[1]!, a.dims[0]!] : [a.dims[0]!, a.dims[1]!];
  const n = draw.int(1, 5);
  const b = draw.operand([a.dtype], exactly(transB === 1 ? [n, k] : [k, n]), "plain");
  const optional = inputs[2]!.kind === "optional";
  const whole = a.dtype !== "f32";
  return {
    inputs: [a, b, optional && draw.chance(0.3) ? undefined : addend(draw, a, [m, n], since)],
    attributes: {
      transA: transA === 0 ? maybe(draw, 0) : 1,
      transB: transB === 0 ? maybe(draw, 0) : 1,
      alpha: maybe(draw, float(whole ? 1 : draw.pick([0.5, 2, 1]))),
      beta: maybe(draw, float(whole ? 1 : draw.pick([0.5, 0.25, 1]))),
      broadcast: attributes.has("broadcast") ? 1 : undefined,
    },
  };
};

function addend(draw: Draw, a: Operand, dims: readonly number[], since: number): Operand {
  const shape = since < 7 ? exactly(draw.chance(0.5) ? dims : dims.slice(1)) : within(dims);
  return draw.operand([a.dtype], shape, "plain");
}

/** An equation and the dims of its operands by letters. */
const EQUATIONS = [
  "bij,bjk->bik",
  "ij,jk",
  "i,j->ij",
  "ii->i",
  "ij->ji",
  "ijk->",
  "...ij,...jk->...ik",
  "bhwc,hkc->bhwk",
  "ij,kj->ik",
  "a b, b -> a",
] as const;

const einsum: Generator = (draw, { inputs }) => {
  const dtype = draw.pick(["f32" as const, ...inputs[0]!.dtypes]);
  const equation = draw.pick(EQUATIONS);
  const sizes = new Map<string, number>();
  const size = (letter: string): number => {
    const known = sizes.get(letter) ?? draw.int(1, 3);
    sizes.set(letter, known);
    return known;
  };
  const left = equation.split("->")[0]!.replaceAll(" ", "").split(",");
  return {
    inputs: left.map((letters) =>
      draw.operand([dtype], exactly([...letters.replace("...", "E")].map(size)), "plain"),
    ),
    attributes: { equation },
  };
};

export const product: Readonly<Record<string, Generator>> = {
  MatMul: matmul,
  Gemm: gemm,
  Einsum: einsum,
};
