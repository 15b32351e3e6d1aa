/** Moves of several nodes: patterns of networks in which values that share memory are wanted at the same time. */
import { elementCount } from "../../compiler/base/tensor.js";
import { addNode, isImage, type Draft, type Move, type Value } from "./draft.js";
import { binary, conv, pool, unary } from "./reads.js";
import { concat, flip, pad, slice, splitAll, transpose } from "./views.js";
import { addWeights } from "./draft.js";

const SUMS = ["add", "sub", "mul"] as const;

/** y - y[:, :1] along any axis. */
export const withOwnPart: Move = (draft, x) => {
  const { random } = draft;
  const { dims } = x.type;
  if (dims.length === 0) return undefined;
  const axis = random.int(0, dims.length - 1);
  const at = random.int(0, dims[axis]! - 1);
  const part = addNode(draft, "slice", [x], { axes: [axis], starts: [at], ends: [at + 1] });
  return part && addNode(draft, random.pick(SUMS), random.shuffle([x, part]));
};

/** y + transpose(y), where two dims are equal; y + flip(y) otherwise. */
export const withOwnTranspose: Move = (draft, x) => {
  const { random } = draft;
  const { dims } = x.type;
  const axes = [...dims.keys()];
  const pairs = axes.flatMap((a) =>
    axes.filter((b) => a < b && dims[a] === dims[b] && dims[a]! > 1).map((b) => [a, b] as const),
  );
  if (pairs.length === 0) {
    const flipped = flip(draft, x);
    return flipped && addNode(draft, random.pick(SUMS), random.shuffle([x, flipped]));
  }
  const [a, b] = random.pick(pairs);
  const permutation = axes.map((axis) => (axis === a ? b : axis === b ? a : axis));
  const turned = addNode(draft, "transpose", [x], { permutation });
  return turned && addNode(draft, random.pick(SUMS), random.shuffle([x, turned]));
};

/** matmul(transpose(y), w) + y */
export const productOfTranspose: Move = (draft, x) => {
  const { dtype, dims } = x.type;
  const rank = dims.length;
  if (dtype !== "f32" || rank < 2 || dims[rank - 1] !== dims[rank - 2]) return undefined;
  const axes = [...dims.keys()];
  const permutation = [...axes.slice(0, -2), rank - 1, rank - 2];
  const turned = addNode(draft, "transpose", [x], { permutation });
  const edge = dims[rank - 1]!;
  const w = addWeights(draft, [edge, edge], edge);
  const product = turned && addNode(draft, "matmul", [turned, w]);
  return product && addNode(draft, "add", draft.random.shuffle([product, x]));
};

/** Rows against rows: matmul(q, transpose(k)), both made of the same elements, and what that weighs. */
export const rowsAgainstRows: Move = (draft, x) => {
  const { random } = draft;
  const count = elementCount(x.type.dims);
  if (x.type.dtype !== "f32" || count < 16) return undefined;
  const length = random.int(16, Math.min(20, count));
  const flat = addNode(draft, "reshape", [x], { shape: [count] });
  const some = flat && addNode(draft, "slice", [flat], { starts: [0], ends: [length], axes: [0] });
  const column = some && addNode(draft, "reshape", [some], { shape: [1, length, 1] });
  if (column === undefined) return undefined;
  const rows = (): Value | undefined =>
    addNode(draft, "mul", [column, addWeights(draft, [1, 1, 3])]);
  const [q, k] = [rows(), rows()];
  const turned = k && addNode(draft, "transpose", [k], { permutation: [0, 2, 1] });
  const scores = q && turned && addNode(draft, "matmul", [q, turned], {});
  const weights = scores && addNode(draft, "softmax", [scores], { axis: 2 });
  return weights && k && random.chance(0.6) ? addNode(draft, "matmul", [weights, k]) : scores;
};

/** A convolution that keeps the spatial dims, to so many channels. */
export function convTo(draft: Draft, x: Value, outputs: number): Value | undefined {
  const { random } = draft;
  const [, channels, ...spatial] = x.type.dims as [number, number, ...number[]];
  const edge = random.chance(0.7) ? 3 : 1;
  const kernel = spatial.map(() => edge);
  const fan = channels * edge ** spatial.length;
  const w = addWeights(draft, [outputs, channels, ...kernel], fan);
  const pads = [...kernel, ...kernel].map((k) => (k - 1) / 2);
  const y = addNode(draft, "conv", [x, w], { pads });
  return y !== undefined && random.chance(0.5) ? addNode(draft, "relu", [y]) : y;
}

/** z = conv(concat(y, conv(y))) + y, which is read twice. */
export const denseResidual: Move = (draft, x) => {
  if (!isImage(x)) return undefined;
  const { random } = draft;
  const channels = x.type.dims[1]!;
  const y = random.chance(0.5) ? convTo(draft, x, channels) : x;
  const grown = y && convTo(draft, y, random.int(1, 4));
  const joined = grown && addNode(draft, "concat", [y, grown], { axis: 1 });
  const again = joined && random.chance(0.4) ? convTo(draft, joined, 2) : undefined;
  const all = again ? addNode(draft, "concat", [joined!, again], { axis: 1 }) : joined;
  const last = all && convTo(draft, all, channels);
  const z = last && addNode(draft, "add", random.shuffle([last, y!]));
  const read = z && convTo(draft, z, random.int(1, 4));
  if (read === undefined) return z;
  return random.chance(0.5) ? addNode(draft, "concat", [z!, read], { axis: 1 }) : read;
};

/** Two readers of one value that look beyond its edges in different ways. */
export const twoBorders: Move = (draft, x) => {
  const { random } = draft;
  const readers = [conv, pad, pool, conv].map((reader) => () => reader(draft, x));
  const [first, second] = random.shuffle(readers);
  const one = first!();
  return second!() ?? one;
};

/** A reader that looks beyond the edges of a part, then one that looks beyond those of the whole, or the other way. */
export const partThenWhole: Move = (draft, x) => {
  if (!isImage(x)) return undefined;
  const { random } = draft;
  const part = slice(draft, x);
  const readers = [part ?? x, x].map((value) => () => convTo(draft, value, random.int(1, 4)));
  const results = random.shuffle(readers).map((read) => read());
  return results[1] ?? results[0];
};

/** concat(concat(a, a), a), and its kin. */
export const concatTwice: Move = (draft, x) => {
  const { random } = draft;
  const { dims } = x.type;
  if (dims.length === 0) return undefined;
  const axis = random.int(0, dims.length - 1);
  const a = random.chance(0.5) ? (unary(draft, x) ?? x) : x;
  const two = addNode(draft, "concat", [a, a], { axis });
  return (
    two &&
    addNode(draft, "concat", random.shuffle([two, a, ...(random.chance(0.3) ? [two] : [])]), {
      axis,
    })
  );
};

/** Parts that are computed with, and put side by side again. */
export const partsThrough: Move = (draft, x) => {
  const parts = splitAll(draft, x);
  if (parts.length === 0) return undefined;
  const axis = x.type.dims.findIndex((dim, d) => parts[0]!.type.dims[d] !== dim);
  const { random } = draft;
  const done = parts.map((part) => (random.chance(0.6) ? (unary(draft, part) ?? part) : part));
  return addNode(draft, "concat", random.chance(0.3) ? random.shuffle(done) : done, { axis });
};

/** A view of what was just computed, and both in one sum. */
export const viewAndValue: Move = (draft, x) => {
  const { random } = draft;
  const y = random.chance(0.7) ? (unary(draft, x) ?? x) : x;
  const view = random.pick([slice, transpose, flip, pad, concat])(draft, y);
  if (view === undefined) return undefined;
  return binary(draft, random.pick([y, view]));
};

/** How often each is drawn. */
export const MOTIFS: readonly (readonly [number, Move])[] = [
  [2, withOwnPart],
  [2, withOwnTranspose],
  [1, productOfTranspose],
  [1, rowsAgainstRows],
  [1.5, denseResidual],
  [2, twoBorders],
  [2, partThenWhole],
  [1.5, concatTwice],
  [1.5, partsThrough],
  [1.5, viewAndValue],
];
