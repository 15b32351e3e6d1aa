/** Cases of padding, against numpy.pad's definition. */
import type { Tensor } from "../../../compiler/base/tensor.js";
import { at, build, type OpCase, random } from "./opCase.js";

type Mode = "constant" | "reflect" | "replicate" | "circular";

/** The row that numpy.pad makes of 0 … size − 1, built by growing it an element at a time; −1 is the constant. */
function paddedRow(size: number, begin: number, end: number, mode: Mode): number[] {
  const edge = (step: number): number => {
    if (mode === "constant") return -1;
    if (mode === "replicate") return 0;
    return mode === "reflect" ? step : size - step;
  };
  const mirror = (i: number): number => (i < 0 ? -1 : size - 1 - i);
  const before = Array.from({ length: Math.max(0, begin) }, (_, i) => edge(i + 1)).reverse();
  const after = Array.from({ length: Math.max(0, end) }, (_, i) => mirror(edge(i + 1)));
  const row = [...before, ...Array.from({ length: size }, (_, i) => i), ...after];
  return row.slice(Math.max(0, -begin), row.length - Math.max(0, -end));
}

function padCase(
  x: Tensor,
  pads: readonly number[],
  mode: Mode = "constant",
  value?: number,
): OpCase {
  const rank = x.type.dims.length;
  const rows = x.type.dims.map((dim, d) => paddedRow(dim, pads[d]!, pads[rank + d]!, mode));
  const dims = rows.map((row) => row.length);
  const expected = build(x.type.dtype, dims, (index) => {
    const from = index.map((i, d) => rows[d]![i]!);
    return from.includes(-1) ? (value ?? 0) : at(x, from);
  });
  const attributes = { pads, mode, ...(value === undefined ? {} : { value }) };
  const title = `${x.type.dtype}[${x.type.dims.join(",")}] ${JSON.stringify(attributes)} ${value ?? ""}`;
  return { title, inputs: [x], attributes, expected };
}

export const padCases: OpCase[] = [
  padCase(random([4], 71), [2, 1]),
  padCase(random([2, 3], 72), [0, 1, 2, 0], "constant", 1.5),
  padCase(random([1, 2, 3, 4], 73), [0, 0, 1, 2, 0, 0, 3, 0], "constant", -Infinity),
  padCase(random([2, 5, 6], 74), [0, -2, 1, 0, -1, -3]),
  padCase(random([4, 5], 75), [-1, -1, -1, -2]),
  padCase(random([3, 2], 76, "i32"), [1, 0, 0, 1], "constant", 7),
  padCase(random([3, 2], 77, "bool"), [1, 0, 0, 1], "constant", 1),
  ...(["reflect", "replicate", "circular"] as const).flatMap((mode) => [
    padCase(random([1, 2, 4, 5], 78), [0, 0, 3, 1, 0, 0, 2, 4], mode),
    padCase(random([4, 3], 79, "u8"), [1, 2, 3, 0], mode),
  ]),
  padCase(random([3], 80), [7, 9], "replicate"),
];
