/** Cases of padding, resizing and pixel shuffles, against their definitions in PyTorch's, ONNX's and numpy's documents. */
import { elementCount, tensor, type Tensor } from "../../../compiler/tensor.js";
import { at, build, indicesIn, random, type OpCase } from "./opCase.js";

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

const padCases: OpCase[] = [
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

/** A cell of the output, [i, i + 1), has a middle; where that lies in the input says the rule. */
function position(i: number, rule: string, input: number, output: number, scale: number): number {
  const middle = (i + 0.5) / scale - 0.5;
  switch (rule) {
    case "asymmetric":
      return i / scale;
    case "alignCorners":
      return output === 1 ? 0 : (i * (input - 1)) / (output - 1);
    case "pytorchHalfPixel":
      return output === 1 ? 0 : middle;
    default:
      return middle;
  }
}

/** Weights of all elements of a dimension for output i. */
function rowWeights(where: number, input: number, mode: string, rounding: string): number[] {
  const weights = new Array<number>(input).fill(0);
  if (mode === "linear") {
    const inside = Math.min(input - 1, Math.max(0, where));
    return weights.map((_, p) => Math.max(0, 1 - Math.abs(p - inside)));
  }
  const half = Math.abs(where - Math.floor(where) - 0.5) < 1e-9;
  const nearest =
    { floor: Math.floor(where), ceil: Math.ceil(where) }[rounding] ??
    (half
      ? rounding === "roundPreferCeil"
        ? Math.ceil(where)
        : Math.floor(where)
      : Math.round(where));
  weights[Math.min(input - 1, Math.max(0, nearest))] = 1;
  return weights;
}

function resizeCase(
  dims: readonly number[],
  given: Readonly<Record<string, readonly number[] | string>>,
): OpCase {
  const x = random(dims, 91);
  const sizes = given.sizes as readonly number[] | undefined;
  const scales = given.scales as readonly number[] | undefined;
  const lead = dims.length - (sizes ?? scales)!.length;
  const out = dims.map((dim, d) =>
    d < lead ? dim : (sizes?.[d - lead] ?? Math.floor(dim * scales![d - lead]!)),
  );
  const rows = dims.map((dim, d) =>
    Array.from({ length: out[d]! }, (_, i) => {
      const scale = d < lead ? 1 : (scales?.[d - lead] ?? out[d]! / dim);
      const rule = (given.coordinates as string | undefined) ?? "halfPixel";
      const where = scale === 1 && dim === out[d] ? i : position(i, rule, dim, out[d]!, scale);
      const mode = (given.mode as string | undefined) ?? "nearest";
      return rowWeights(
        where,
        dim,
        mode,
        (given.nearest as string | undefined) ?? "roundPreferFloor",
      );
    }),
  );
  const expected = build("f32", out, (index) =>
    indicesIn(dims).reduce((sum, from) => {
      const weight = from.reduce((product, p, d) => product * rows[d]![index[d]!]![p]!, 1);
      return weight === 0 ? sum : sum + weight * at(x, from);
    }, 0),
  );
  const title = `[${dims.join(",")}] ${JSON.stringify(given)}`;
  return { title, inputs: [x], attributes: given, expected, slack: 2e-6 };
}

const resizeCases: OpCase[] = [
  resizeCase([1, 2, 3, 4], { sizes: [6, 8] }),
  resizeCase([1, 2, 3, 4], { sizes: [1, 2, 3, 4] }),
  resizeCase([1, 2, 5], { scales: [2.5], mode: "linear" }),
  resizeCase([1, 2, 6, 4], { sizes: [10, 4], coordinates: "asymmetric", nearest: "floor" }),
  resizeCase([1, 2, 5, 3], { scales: [1, 1, 0.6, 1.7], mode: "linear" }),
  resizeCase([1, 1, 3, 2, 3], { sizes: [5, 3, 2], mode: "linear", coordinates: "alignCorners" }),
  ...["halfPixel", "pytorchHalfPixel", "asymmetric", "alignCorners"].flatMap((coordinates) => [
    resizeCase([1, 2, 4, 5], { sizes: [7, 1], mode: "linear", coordinates }),
    ...["roundPreferFloor", "roundPreferCeil", "floor", "ceil"].map((nearest) =>
      resizeCase([1, 2, 4, 6], { sizes: [8, 3], coordinates, nearest }),
    ),
  ]),
];

/** The same elements under other dims, permuted, and under other dims again: ONNX's own definition. */
function shuffleCase(
  op: "DCR" | "CRD" | "space",
  dims: readonly [number, number, number, number],
  b: number,
): OpCase {
  const x = random(dims, 95);
  const [n, c, h, w] = dims;
  const steps = {
    DCR: { split: [n, b, b, c / (b * b), h, w], permutation: [0, 3, 4, 1, 5, 2] },
    CRD: { split: [n, c / (b * b), b, b, h, w], permutation: [0, 1, 4, 2, 5, 3] },
    space: { split: [n, c, h / b, b, w / b, b], permutation: [0, 3, 5, 1, 2, 4] },
  }[op];
  const split: Tensor = { type: { dtype: "f32", dims: steps.split }, data: x.data };
  const moved = steps.permutation.map((from) => steps.split[from]!);
  const values = indicesIn(moved).map((index) => {
    const from = new Array<number>(6);
    steps.permutation.forEach((axis, i) => (from[axis] = index[i]!));
    return at(split, from);
  });
  const out = op === "space" ? [n, c * b * b, h / b, w / b] : [n, c / (b * b), h * b, w * b];
  if (elementCount(out) !== values.length) throw new Error("elements were lost");
  return {
    title: `${op} [${dims.join(",")}] ${b}`,
    inputs: [x],
    attributes: op === "space" ? { blockSize: b } : { blockSize: b, mode: op },
    expected: tensor("f32", out, values),
  };
}

export const resampleCases: Readonly<Record<string, readonly OpCase[]>> = {
  pad: padCases,
  resize: resizeCases,
  depthToSpace: (["DCR", "CRD"] as const).flatMap((mode) => [
    shuffleCase(mode, [2, 8, 2, 3], 2),
    shuffleCase(mode, [1, 9, 2, 1], 3),
    shuffleCase(mode, [1, 3, 2, 2], 1),
  ]),
  spaceToDepth: [
    shuffleCase("space", [2, 3, 4, 6], 2),
    shuffleCase("space", [1, 1, 6, 3], 3),
    shuffleCase("space", [1, 2, 3, 3], 1),
  ],
};
