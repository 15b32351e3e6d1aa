/** Random small networks in which every rule of the passes finds something to do. */
import type {
  Attributes,
  Constant,
  Definition,
  DefinitionNode,
  Operand,
} from "../../compiler/graph/definition.js";
import { random } from "./twin.js";

/** Images [2, channels, height, width]. */
interface Images {
  readonly operand: Operand;
  readonly channels: number;
  readonly height: number;
  readonly width: number;
}

/** A network in the making, and the dice. */
interface Maker {
  readonly seed: number;
  readonly nodes: DefinitionNode[];
  readonly constants: Constant[];
  below(n: number): number;
  chance(p: number): boolean;
}

function constant(maker: Maker, dims: readonly number[], center = 0, spread = 1): Operand {
  const { seed, constants } = maker;
  const name = `c${constants.length}`;
  const source = { kind: "seed", seed: seed * 1000 + constants.length, center, spread } as const;
  constants.push({ name, type: { dtype: "f32", dims }, source });
  return `@${name}`;
}

function node(
  { nodes }: Maker,
  op: string,
  inputs: readonly (Operand | undefined)[],
  attributes: Attributes = {},
): Operand {
  const name = `n${nodes.length}`;
  nodes.push({ name, op, inputs, attributes });
  return `%${name}`;
}

type Step = (maker: Maker, x: Images) => Images;

const conv: Step = (maker, x) => {
  const { below, chance } = maker;
  const groups = chance(0.2) && x.channels % 2 === 0 ? 2 : 1;
  const channels = groups * (1 + below(4));
  const [kh, kw] = [1 + below(Math.min(3, x.height)), 1 + below(Math.min(3, x.width))];
  const pads = chance(0.4) ? [below(kh), below(kw), 0, below(kw)] : [0, 0, 0, 0];
  const strides = chance(0.2) ? [2, 1] : [1, 1];
  const w = constant(maker, [channels, x.channels / groups, kh, kw]);
  const bias = chance(0.5) ? constant(maker, [channels]) : undefined;
  const padMode = chance(0.2) ? "replicate" : "constant";
  return {
    operand: node(maker, "conv", [x.operand, w, bias], { pads, strides, groups, padMode }),
    channels,
    height: Math.floor((x.height + pads[0]! + pads[2]! - kh) / strides[0]!) + 1,
    width: Math.floor((x.width + pads[1]! + pads[3]! - kw) / strides[1]!) + 1,
  };
};

/** Of the same size, so widely that most taps may lie beyond the edges. */
const dilated: Step = (maker, x) => {
  const [channels, dilation] = [1 + maker.below(3), 1 + maker.below(8)];
  const w = constant(maker, [channels, x.channels, 3, 3]);
  const pads = new Array<number>(4).fill(dilation);
  const attributes = { pads, dilations: [dilation, dilation] };
  return { ...x, operand: node(maker, "conv", [x.operand, w], attributes), channels };
};

const norm: Step = (maker, x) => {
  const parameters = [1, 0, 0, 2].map((center) => constant(maker, [x.channels], center, 0.9));
  return { ...x, operand: node(maker, "batchNorm", [x.operand, ...parameters]) };
};

const arithmetic: Step = (maker, x) => {
  const op = ["add", "sub", "mul", "div"][maker.below(4)]!;
  const by = constant(maker, maker.chance(0.7) ? [x.channels, 1, 1] : [], 2);
  const inputs = maker.chance(0.3) && op !== "div" ? [by, x.operand] : [x.operand, by];
  return { ...x, operand: node(maker, op, inputs) };
};

const activation: Step = (maker, x) => {
  const { chance } = maker;
  if (chance(0.5))
    return { ...x, operand: node(maker, chance(0.5) ? "relu" : "tanh", [x.operand]) };
  const gate = chance(0.5)
    ? node(maker, "sigmoid", [x.operand])
    : node(maker, "hardSigmoid", [x.operand], { alpha: 1 / 6 });
  return { ...x, operand: node(maker, "mul", [x.operand, gate]) };
};

const padding: Step = (maker, x) => ({
  ...x,
  operand: node(maker, "pad", [x.operand], { pads: [0, 0, 1, 0, 0, 0, 0, 1] }),
  height: x.height + 1,
  width: x.width + 1,
});

const pool: Step = (maker, x) => {
  if (x.height < 2 || x.width < 2) return x;
  const op = maker.chance(0.5) ? "maxPool" : "averagePool";
  const operand = node(maker, op, [x.operand], { kernel: [2, 2] });
  return { ...x, operand, height: x.height - 1, width: x.width - 1 };
};

const movement: Step = (maker, x) => {
  const { channels, height, width } = x;
  if (maker.chance(0.3)) return { ...x, operand: node(maker, "dropout", [x.operand]) };
  if (maker.chance(0.5)) {
    const flat = node(maker, "flatten", [x.operand]);
    const shape = [2, channels, height, width];
    return { ...x, operand: node(maker, "reshape", [flat], { shape }) };
  }
  const permutation = [0, 1, 3, 2];
  const operand = node(maker, "transpose", [x.operand], { permutation });
  return { ...x, operand, height: width, width: height };
};

const STEPS: readonly Step[] = [
  conv,
  conv,
  dilated,
  norm,
  norm,
  arithmetic,
  arithmetic,
  activation,
  padding,
  pool,
  movement,
];

/** A network of eight steps over one image that only the seed decides; some values in between are results too. */
export function randomModel(seed: number): Definition {
  const next = random(seed);
  const below = (n: number): number => Math.floor(next() * n);
  const maker: Maker = { seed, nodes: [], constants: [], below, chance: (p) => next() < p };
  const start = { channels: 1 + below(4), height: 3 + below(4), width: 3 + below(4) };
  let images: Images = { operand: "%x", ...start };
  const outputs: Operand[] = [];
  for (let i = 0; i < 8; i++) {
    images = STEPS[below(STEPS.length)]!(maker, images);
    if (maker.chance(0.15)) outputs.push(images.operand);
  }
  outputs.push(images.operand);
  return {
    name: `random${seed}`,
    inputs: [{ name: "x", dtype: "f32", dims: [2, start.channels, start.height, start.width] }],
    nodes: maker.nodes,
    outputs: outputs.map((operand, i) => ({ name: `y${i}`, value: operand })),
    constants: maker.constants,
  };
}
