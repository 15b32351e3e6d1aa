/** Random nodes of normalisations. */
import { float } from "../../../support/onnxModel.js";
import type { Random } from "../../../support/random.js";
import { axisOf, exactly, maybe, ranks, someAxes, type Generator, type Shape } from "../draw.js";

/** [n, c, spatial…], of at least two elements where means are taken. */
const maps: Shape = {
  fits: (dims) => dims.length >= 3 && dims.length <= 5 && dims.at(-1)! >= 2,
  make: (random) => [
    random.int(1, 2),
    random.pick([2, 4, 1, 3]),
    ...Array.from({ length: random.int(1, 3) }, () => random.int(2, 3)),
  ],
};

const epsilon = (random: Random) => maybe(random, float(random.pick([1e-3, 0.1, 1e-5])));

const batchNorm: Generator = (draw, { since, attributes, outputs }) => {
  const x = draw.operand(["f32"], maps);
  const parameters = (["plain", "plain", "plain", "positive"] as const).map((content) =>
    draw.operand(["f32"], exactly([x.dims[1]!]), content),
  );
  const training = attributes.has("training_mode") && draw.chance(0.4);
  return {
    inputs: [x, ...parameters],
    attributes: {
      epsilon: epsilon(draw),
      momentum: maybe(draw, float(draw.pick([0.5, 0.99]))),
      spatial: attributes.has("spatial") ? maybe(draw, 1) : undefined,
      is_test: since < 7 ? 1 : undefined,
      training_mode: training ? 1 : attributes.has("training_mode") ? maybe(draw, 0) : undefined,
    },
    outputs: training ? outputs.length : 1,
  };
};

const instanceNorm: Generator = (draw) => {
  const x = draw.operand(["f32"], maps);
  const parameter = () => draw.operand(["f32"], exactly([x.dims[1]!]), "plain");
  return { inputs: [x, parameter(), parameter()], attributes: { epsilon: epsilon(draw) } };
};

/** Over the dims from `axis` on. */
const overLast =
  (most: number, bias: boolean): Generator =>
  (draw, { attributes }) => {
    const x = draw.operand(["f32"], ranks(1, 4));
    const axis = axisOf(draw, x.dims.length);
    const dims = x.dims.slice(axis < 0 ? axis + x.dims.length : axis);
    const parameter = () => draw.operand(["f32"], exactly(dims), "plain");
    return {
      inputs: [x, parameter(), bias && draw.chance(0.6) ? parameter() : undefined],
      attributes: {
        axis: axis === -1 ? maybe(draw, -1) : axis,
        epsilon: epsilon(draw),
        stash_type: attributes.has("stash_type") ? maybe(draw, 1) : undefined,
      },
      outputs: draw.pick([1, 1, most]),
    };
  };

const groupNorm: Generator = (draw, { since, attributes }) => {
  const x = draw.operand(["f32"], maps);
  const channels = x.dims[1]!;
  const groups = draw.pick([1, 2, 4, 3].filter((count) => channels % count === 0));
  const parameter = () => draw.operand(["f32"], exactly([since < 21 ? groups : channels]), "plain");
  return {
    inputs: [x, parameter(), parameter()],
    attributes: {
      num_groups: groups,
      epsilon: epsilon(draw),
      stash_type: attributes.has("stash_type") ? maybe(draw, 1) : undefined,
    },
  };
};

const meanVarianceNorm: Generator = (draw) => {
  const x = draw.operand(["f32"], ranks(4, 4));
  return { inputs: [x], attributes: { axes: maybe(draw, someAxes(draw, 4)) } };
};

const lpNorm: Generator = (draw) => {
  const x = draw.operand(["f32"], ranks(1, 4), draw.pick(["any", "nonzero"]));
  return {
    inputs: [x],
    attributes: {
      axis: maybe(draw, axisOf(draw, x.dims.length)),
      p: maybe(draw, draw.pick([1, 2])),
    },
  };
};

export const normalize: Readonly<Record<string, Generator>> = {
  BatchNormalization: batchNorm,
  InstanceNormalization: instanceNorm,
  LayerNormalization: overLast(3, true),
  RMSNormalization: overLast(1, false),
  SimplifiedLayerNormalization: overLast(1, false),
  GroupNormalization: groupNorm,
  MeanVarianceNormalization: meanVarianceNorm,
  LpNormalization: lpNorm,
};
