/** Random nodes of ops that order and repeat elements, and count them otherwise. */
import { elementCount } from "../../../../compiler/base/tensor.js";
import type { Random } from "../../../support/random.js";
import { type Draw, exactly, type Generator, list, maybe, type Operand, ranks } from "../draw.js";

/** Dims that hold as many elements, at most four. */
function refactored(random: Random, count: number): number[] {
  const dims: number[] = [];
  let rest = count;
  while (dims.length < 3 && random.chance(0.7)) {
    const factor = random.pick([1, 2, 3, 4, 5, 7].filter((one) => rest % one === 0));
    dims.push(factor);
    rest /= factor;
  }
  return [...dims, rest];
}

const reshape: Generator = (draw, { inputs, attributes }) => {
  const x = draw.operand(inputs[0]!.dtypes, ranks(0, 4));
  const dims = refactored(draw, elementCount(x.dims));
  const written = [...dims];
  const allowzero = attributes.has("allowzero") ? maybe(draw, draw.int(0, 1)) : undefined;
  if (draw.chance(0.4)) written[draw.int(0, dims.length - 1)] = -1;
  if (allowzero !== 1) {
    written.forEach((dim, i) => {
      if (dim === x.dims[i] && draw.chance(0.5)) written[i] = 0;
    });
  }
  return { inputs: [x, draw.given(list(...written))], attributes: { allowzero } };
};

const flatten: Generator = (draw, { inputs, since }) => {
  const x = draw.operand(inputs[0]!.dtypes, ranks(1, 4));
  const axis =
    since >= 11 && draw.chance(0.4) ? -draw.int(1, x.dims.length) : draw.int(0, x.dims.length);
  return { inputs: [x], attributes: { axis: maybe(draw, axis) } };
};

/** Axes where the version has them: an attribute or an operand. */
function withAxes(
  draw: Draw,
  x: Operand,
  axes: readonly number[] | undefined,
  attribute: boolean,
): ReturnType<Generator> {
  if (attribute) return { inputs: [x], attributes: { axes } };
  return { inputs: [x, axes === undefined ? undefined : draw.given(list(...axes))] };
}

const squeeze: Generator = (draw, { inputs, attributes, since }) => {
  const x = draw.operand(inputs[0]!.dtypes, {
    fits: (dims) => dims.length <= 4 && dims.includes(1),
    make: (random) =>
      random.shuffle([1, 1, random.int(1, 4), random.int(1, 4)]).slice(0, random.int(1, 4)),
  });
  const ones = x.dims.flatMap((dim, axis) => (dim === 1 ? [axis] : []));
  const some = ones.filter(() => draw.chance(0.7));
  const signed = some.map((axis) =>
    since >= 11 && draw.chance(0.4) ? axis - x.dims.length : axis,
  );
  const axes = some.length === 0 ? undefined : signed;
  return withAxes(draw, x, axes, attributes.has("axes"));
};

const unsqueeze: Generator = (draw, { inputs, attributes, since }) => {
  const x = draw.operand(inputs[0]!.dtypes, ranks(0, 3));
  const more = draw.int(1, 2);
  const rank = x.dims.length + more;
  const axes = draw
    .shuffle(Array.from({ length: rank }, (_, i) => i))
    .slice(0, more)
    .map((axis) => (since >= 11 && draw.chance(0.4) ? axis - rank : axis));
  return withAxes(draw, x, axes, attributes.has("axes"));
};

const transpose: Generator = (draw, { inputs }) => {
  const x = draw.operand(inputs[0]!.dtypes, ranks(1, 5, 3));
  const perm = draw.shuffle(x.dims.map((_, i) => i));
  return { inputs: [x], attributes: { perm: maybe(draw, perm) } };
};

const expand: Generator = (draw, { inputs }) => {
  const x = draw.operand(inputs[0]!.dtypes, ranks(0, 3, 3));
  const dims = x.dims.map((dim) => (dim === 1 ? draw.int(1, 3) : draw.pick([dim, 1])));
  const more = draw.chance(0.4) ? [draw.int(1, 3)] : [];
  const shape = draw.chance(0.2) ? dims.slice(1) : [...more, ...dims];
  return { inputs: [x, draw.given(list(...shape))] };
};

const tile: Generator = (draw, { inputs }) => {
  const x = draw.operand(inputs[0]!.dtypes, ranks(1, 4, 3));
  return { inputs: [x, draw.given(list(...x.dims.map(() => draw.int(1, 2))))] };
};

/** [n, c, h, w] of which some dims are multiples of a block. */
const blocks =
  (multiple: (b: number) => readonly [number, number]): Generator =>
  (draw, { inputs, attributes }) => {
    const b = draw.int(1, 3);
    const [channels, sides] = multiple(b);
    const dims = [
      draw.int(1, 2),
      channels * draw.int(1, 2),
      sides * draw.int(1, 2),
      sides * draw.int(1, 3),
    ];
    const mode = attributes.has("mode") ? maybe(draw, draw.pick(["DCR", "CRD"])) : undefined;
    const x = draw.operand(inputs[0]!.dtypes, exactly(dims));
    return { inputs: [x], attributes: { blocksize: b, mode } };
  };

export const shape: Readonly<Record<string, Generator>> = {
  Reshape: reshape,
  Flatten: flatten,
  Squeeze: squeeze,
  Unsqueeze: unsqueeze,
  Transpose: transpose,
  Expand: expand,
  Tile: tile,
  DepthToSpace: blocks((b) => [b * b, 1]),
  SpaceToDepth: blocks((b) => [1, b]),
};
