/** Cases of einsum: every combination of labels added up, from lists of labels written out by hand. */
import type { DType } from "../../../compiler/base/tensor.js";
import { at, build, indicesIn, random, type OpCase } from "./opCase.js";

/** `labels` spells an operand's dims as letters, broadcast ones as digits; `out` likewise. */
interface Given {
  readonly equation: string;
  readonly dims: readonly (readonly number[])[];
  readonly labels: readonly string[];
  readonly out: string;
  readonly dtype?: DType;
}

function einsumCase({ equation, dims, labels, out, dtype = "f32" }: Given): OpCase {
  const inputs = dims.map((one, i) => random(one, 101 + i, dtype));
  const extents: Record<string, number> = {};
  labels.forEach((spelled, i) =>
    [...spelled].forEach((label, d) => {
      extents[label] = Math.max(extents[label] ?? 1, dims[i]![d]!);
    }),
  );
  const summed = Object.keys(extents).filter((label) => !out.includes(label));
  const points = indicesIn(summed.map((label) => extents[label]!));
  const expected = build(
    dtype,
    [...out].map((label) => extents[label]!),
    (index) => {
      const total = points.reduce((sum, point) => {
        const value = (label: string): number =>
          out.includes(label) ? index[out.indexOf(label)]! : point[summed.indexOf(label)]!;
        const factors = inputs.map((x, i) =>
          at(
            x,
            [...labels[i]!].map((label, d) => (dims[i]![d] === 1 ? 0 : value(label))),
          ),
        );
        return sum + factors.reduce((product, one) => product * one, 1);
      }, 0);
      return dtype === "f32" ? total : total | 0;
    },
  );
  const title = `${equation} of ${dims.map((one) => `${dtype}[${one.join(",")}]`).join(" and ")}`;
  return { title, inputs, attributes: { equation }, expected, slack: 1e-5 };
}

const product = { dims: [[3, 5], [5, 4]], labels: ["ij", "jk"], out: "ik" }; // prettier-ignore

export const einsumCases: readonly OpCase[] = [
  einsumCase({ equation: "ij,jk->ik", ...product }),
  einsumCase({ equation: " ij , jk ", ...product }),
  einsumCase({ equation: "ij,jk->ik", ...product, dtype: "i32" }),
  einsumCase({
    equation: "bij,bjk->bki",
    dims: [[2, 3, 5], [2, 5, 4]], // prettier-ignore
    labels: ["bij", "bjk"],
    out: "bki",
  }),
  einsumCase({
    equation: "...ij,...jk",
    dims: [[2, 1, 3, 5], [7, 5, 2]], // prettier-ignore
    labels: ["12ij", "2jk"],
    out: "12ik",
  }),
  einsumCase({
    equation: "...ij,...jk->...k",
    dims: [[2, 1, 3, 5], [2, 7, 5, 2]], // prettier-ignore
    labels: ["12ij", "12jk"],
    out: "12k",
  }),
  einsumCase({ equation: "ii->i", dims: [[4, 4]], labels: ["ii"], out: "i" }),
  einsumCase({ equation: "ii", dims: [[4, 4]], labels: ["ii"], out: "" }),
  einsumCase({ equation: "ba", dims: [[3, 4]], labels: ["ba"], out: "ab" }),
  einsumCase({ equation: "i,j->ij", dims: [[3], [4]], labels: ["i", "j"], out: "ij" }),
  einsumCase({ equation: "...->", dims: [[3, 4]], labels: ["12"], out: "" }),
  einsumCase({ equation: "nchw,nc->nhw", dims: [[2, 3, 4, 5], [2, 3]], labels: ["nchw", "nc"], out: "nhw" }), // prettier-ignore
  einsumCase({ equation: "i,ij,j->", dims: [[3], [3, 4], [4]], labels: ["i", "ij", "j"], out: "" }),
  einsumCase({ equation: "aB,Bc->ac", dims: [[2, 3], [3, 2]], labels: ["aB", "Bc"], out: "ac" }), // prettier-ignore
];
