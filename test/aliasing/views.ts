/** Moves that show a value's elements again in another way: what may share its memory, and what looks as if it might. */
import { elementCount } from "../../compiler/base/tensor.js";
import type { Random } from "../support/random.js";
import { addIntegers, addNode, pickValue, type Draft, type Move, type Value } from "./draft.js";

const PAD_MODES = ["constant", "constant", "reflect", "replicate", "circular"] as const;

function axisOf({ random }: Draft, { type }: Value): number | undefined {
  return type.dims.length === 0 ? undefined : random.int(0, type.dims.length - 1);
}

export const transpose: Move = (draft, x) => {
  const axes = [...x.type.dims.keys()];
  const { random } = draft;
  const rotated = random.chance(0.5) ? [...axes.slice(1), axes[0]!] : [axes.at(-1)!, ...axes];
  const permutation = random.chance(0.5) ? random.shuffle(axes) : rotated.slice(0, axes.length);
  return axes.length < 2 ? undefined : addNode(draft, "transpose", [x], { permutation });
};

/** Of images whose channels come last, and back. */
export const transposeChannels: Move = (draft, x) => {
  const rank = x.type.dims.length;
  if (rank < 3) return undefined;
  const spatial = [...x.type.dims.keys()].slice(1, -1);
  const permutation = draft.random.chance(0.6)
    ? [0, rank - 1, ...spatial]
    : [0, ...spatial.map((axis) => axis + 1), 1];
  return addNode(draft, "transpose", [x], { permutation });
};

/** A part along one or two axes, forwards or backwards, with steps or without. */
export const slice: Move = (draft, x) => {
  const { random } = draft;
  const { dims } = x.type;
  if (dims.length === 0) return undefined;
  const axes = random.shuffle([...dims.keys()]).slice(0, random.int(1, 2));
  const ranges = axes.map((axis) => sliceRange(random, dims[axis]!));
  return addNode(draft, "slice", [x], {
    axes,
    starts: ranges.map(([start]) => start),
    ends: ranges.map(([, end]) => end),
    steps: ranges.map(([, , step]) => step),
  });
};

function sliceRange(random: Random, dim: number): readonly [number, number, number] {
  const backwards = random.chance(0.35);
  if (random.chance(backwards ? 0.6 : 0.1)) return backwards ? [-1, -dim - 1, -1] : [0, dim, 1];
  const from = random.int(0, dim - 1);
  const to = random.int(from, dim - 1);
  const step = random.chance(0.75) ? 1 : 2;
  return backwards ? [to, from - 1 < 0 ? -dim - 1 : from - 1, -step] : [from, to + 1, step];
}

export const flip: Move = (draft, x) => {
  const axis = axisOf(draft, x);
  if (axis === undefined) return undefined;
  const ends = [-x.type.dims[axis]! - 1];
  return addNode(draft, "slice", [x], { axes: [axis], starts: [-1], ends, steps: [-1] });
};

/** All parts of a split, in order. */
export function splitAll(draft: Draft, x: Value): readonly Value[] {
  const { random } = draft;
  const axis = axisOf(draft, x);
  const dim = axis === undefined ? 0 : x.type.dims[axis]!;
  if (axis === undefined || dim < 2) return [];
  const cut = random.int(1, dim - 1);
  const even = dim % 2 === 0 && random.chance(0.5) ? [dim / 2, dim / 2] : [cut, dim - cut];
  const first = even[0]!;
  const sizes = first > 1 && random.chance(0.3) ? [1, first - 1, even[1]!] : even;
  return sizes.flatMap((_, index) => addNode(draft, "split", [x], { axis, sizes, index }) ?? []);
}

export const split: Move = (draft, x) => {
  const parts = splitAll(draft, x);
  return parts.length === 0 ? undefined : draft.random.pick(parts);
};

/** The dims with two neighbours merged, or one cut in two, or both. */
export const reshape: Move = (draft, x) => {
  const { random } = draft;
  let shape = [...x.type.dims];
  for (let left = random.int(1, 2); left > 0; left--) {
    if (shape.length > 1 && random.chance(0.6)) {
      const at = random.int(0, shape.length - 2);
      shape = [...shape.slice(0, at), shape[at]! * shape[at + 1]!, ...shape.slice(at + 2)];
    } else shape = cutDim(random, shape);
  }
  return addNode(draft, "reshape", [x], { shape });
};

function cutDim(random: Random, shape: readonly number[]): number[] {
  if (shape.length === 0 || shape.length > 4) return [...shape];
  const at = random.int(0, shape.length - 1);
  const dim = shape[at]!;
  const factors = Array.from({ length: dim }, (_, i) => i + 1).filter((i) => dim % i === 0);
  const factor = random.pick(factors);
  return [...shape.slice(0, at), factor, dim / factor, ...shape.slice(at + 1)];
}

/** To an image that convolutions can read, whatever it was. */
export const reshapeToImage: Move = (draft, x) => {
  const count = elementCount(x.type.dims);
  const { random } = draft;
  const edges = [2, 3, 4, 5, 6].filter((edge) => count % (edge * edge) === 0);
  if (edges.length === 0) return undefined;
  const edge = random.pick(edges);
  const rest = count / (edge * edge);
  const batch = rest % 2 === 0 && random.chance(0.3) ? 2 : 1;
  return addNode(draft, "reshape", [x], { shape: [batch, rest / batch, edge, edge] });
};

export const ones: Move = (draft, x) => {
  const { random } = draft;
  const { dims } = x.type;
  const at = dims.indexOf(1);
  if (random.chance(0.3))
    return addNode(draft, "flatten", [x], { axis: random.int(0, dims.length) });
  if (at >= 0 && random.chance(0.5)) return addNode(draft, "squeeze", [x], { axes: [at] });
  if (dims.length > 4) return undefined;
  return addNode(draft, "unsqueeze", [x], { axes: [random.int(0, dims.length)] });
};

export const pad: Move = (draft, x) => {
  const { random } = draft;
  const { dims, dtype } = x.type;
  if (dims.length === 0) return undefined;
  const mode = random.pick(PAD_MODES);
  const axes = new Set(random.shuffle([...dims.keys()].slice(-3)).slice(0, random.int(1, 2)));
  const side = (axis: number): number => {
    if (!axes.has(axis) || random.chance(0.25)) return 0;
    if (mode === "constant" && dims[axis]! > 2 && random.chance(0.1)) return -1;
    return random.int(1, 2);
  };
  const pads = [...[...dims.keys()].map(side), ...[...dims.keys()].map(side)];
  const value = random.chance(0.6) ? 0 : 1;
  const constant = mode === "constant" && (dtype !== "f32" || random.chance(0.8));
  return addNode(draft, "pad", [x], { pads, mode, ...(constant ? { value } : {}) });
};

export const repeat: Move = (draft, x) => {
  const { random } = draft;
  const { dims } = x.type;
  if (dims.length === 0) return undefined;
  if (dims.includes(1) && random.chance(0.7)) {
    const shape = dims.map((dim) => (dim === 1 ? random.int(1, 3) : dim));
    return addNode(draft, "expand", [x], { shape: random.chance(0.2) ? [2, ...shape] : shape });
  }
  const axis = random.int(0, dims.length - 1);
  return addNode(draft, "tile", [x], { repeats: dims.map((_, d) => (d === axis ? 2 : 1)) });
};

export const blocks: Move = (draft, x) => {
  const mode = draft.random.pick(["DCR", "CRD"]);
  const op = draft.random.pick(["depthToSpace", "spaceToDepth"] as const);
  return addNode(draft, op, [x], { blockSize: 2, mode });
};

/** Elements chosen by a table, a part of which may be in order. */
export const gather: Move = (draft, x) => {
  const { random } = draft;
  const axis = axisOf(draft, x);
  if (axis === undefined) return undefined;
  const dim = x.type.dims[axis]!;
  const chosen = Array.from({ length: random.int(1, 4) }, () => random.int(-dim, dim - 1));
  return addNode(draft, "gather", [x, addIntegers(draft, chosen)], { axis });
};

/** Beside equal operands, other values that fit, and parts of one value. */
export const concat: Move = (draft, x) => {
  const { random } = draft;
  const axis = axisOf(draft, x);
  if (axis === undefined) return undefined;
  const fits = ({ type }: Value): boolean =>
    type.dtype === x.type.dtype &&
    type.dims.length === x.type.dims.length &&
    type.dims.every((dim, d) => d === axis || dim === x.type.dims[d]);
  const others = Array.from({ length: random.int(1, 2) }, () => pickValue(draft, fits) ?? x);
  return addNode(draft, "concat", random.shuffle([x, ...others]), { axis });
};

/** The parts of a split side by side again, in order or not, all of them or not, alone or before what is made of one. */
export const rejoin: Move = (draft, x) => {
  const { random } = draft;
  const parts = splitAll(draft, x);
  if (parts.length === 0) return undefined;
  const axis = x.type.dims.findIndex((dim, d) => parts[0]!.type.dims[d] !== dim);
  const ordered = random.chance(0.5) ? parts : random.shuffle([...parts]);
  const some = random.chance(0.3) ? ordered.slice(0, -1) : ordered;
  const last = random.chance(0.4) ? addNode(draft, "abs", [parts.at(-1)!]) : undefined;
  const all = last === undefined ? some : [...some, last];
  return addNode(draft, "concat", random.chance(0.2) ? [...all, some[0]!] : all, { axis });
};

export const same: Move = (draft, x) =>
  addNode(draft, draft.random.pick(["identity", "dropout"] as const), [x]);

/** How often each is drawn. */
export const VIEWS: readonly (readonly [number, Move])[] = [
  [3, transpose],
  [2, transposeChannels],
  [4, slice],
  [1, flip],
  [2, split],
  [3, reshape],
  [2, reshapeToImage],
  [1, ones],
  [4, pad],
  [1, repeat],
  [1, blocks],
  [1, gather],
  [4, concat],
  [2, rejoin],
  [0.3, same],
];
