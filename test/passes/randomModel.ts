/** Random small networks in which every rule of the passes finds something to do. */
import type {
  Attributes,
  Constant,
  Definition,
  DefinitionNode,
  Operand,
} from "../../compiler/graph/definition.js";
import { random } from "./twin.js";

interface Value {
  readonly operand: Operand;
  readonly channels: number;
  readonly height: number;
  readonly width: number;
}

/** A network over one image [2,c,h,w] that only the seed decides. */
export function randomModel(seed: number): Definition {
  const next = random(seed);
  const below = (n: number): number => Math.floor(next() * n);
  const chance = (p: number): boolean => next() < p;
  const nodes: DefinitionNode[] = [];
  const constants: Constant[] = [];

  const constant = (dims: readonly number[], center = 0, spread = 1): Operand => {
    const name = `c${constants.length}`;
    const source = { kind: "seed", seed: seed * 1000 + constants.length, center, spread } as const;
    constants.push({ name, type: { dtype: "f32", dims }, source });
    return `@${name}`;
  };
  const add = (
    op: string,
    inputs: (Operand | undefined)[],
    attributes: Attributes = {},
  ): Operand => {
    const name = `n${nodes.length}`;
    nodes.push({ name, op, inputs, attributes });
    return `%${name}`;
  };

  const conv = (x: Value): Value => {
    const groups = chance(0.2) && x.channels % 2 === 0 ? 2 : 1;
    const channels = groups * (1 + below(4));
    const kernel = [1 + below(Math.min(3, x.height)), 1 + below(Math.min(3, x.width))];
    const pads = chance(0.4)
      ? [below(kernel[0]!), below(kernel[1]!), 0, below(kernel[1]!)]
      : [0, 0, 0, 0];
    const strides = chance(0.2) ? [2, 1] : [1, 1];
    const w = constant([channels, x.channels / groups, ...kernel]);
    const bias = chance(0.5) ? constant([channels]) : undefined;
    const padMode = chance(0.2) ? "replicate" : "constant";
    return {
      operand: add("conv", [x.operand, w, bias], { pads, strides, groups, padMode }),
      channels,
      height: Math.floor((x.height + pads[0]! + pads[2]! - kernel[0]!) / strides[0]!) + 1,
      width: Math.floor((x.width + pads[1]! + pads[3]! - kernel[1]!) / strides[1]!) + 1,
    };
  };
  const norm = (x: Value): Value => {
    const parameters = [1, 0, 0, 2].map((center) => constant([x.channels], center, 0.9));
    return { ...x, operand: add("batchNorm", [x.operand, ...parameters]) };
  };
  const arithmetic = (x: Value): Value => {
    const op = ["add", "sub", "mul", "div"][below(4)]!;
    const by = constant(chance(0.7) ? [x.channels, 1, 1] : [], 2);
    const inputs = chance(0.3) && op !== "div" ? [by, x.operand] : [x.operand, by];
    return { ...x, operand: add(op, inputs) };
  };
  const activation = (x: Value): Value => {
    if (chance(0.5)) return { ...x, operand: add(chance(0.5) ? "relu" : "tanh", [x.operand]) };
    const gate = chance(0.5)
      ? add("sigmoid", [x.operand])
      : add("hardSigmoid", [x.operand], { alpha: 1 / 6 });
    return { ...x, operand: add("mul", [x.operand, gate]) };
  };
  const padding = (x: Value): Value => ({
    ...x,
    operand: add("pad", [x.operand], { pads: [0, 0, 1, 0, 0, 0, 0, 1] }),
    height: x.height + 1,
    width: x.width + 1,
  });
  const pool = (x: Value): Value => {
    if (x.height < 2 || x.width < 2) return x;
    const op = chance(0.5) ? "maxPool" : "averagePool";
    const operand = add(op, [x.operand], { kernel: [2, 2] });
    return { ...x, operand, height: x.height - 1, width: x.width - 1 };
  };
  const movement = (x: Value): Value => {
    const { channels, height, width } = x;
    const dims = [2, channels, height, width];
    if (chance(0.3)) return { ...x, operand: add("dropout", [x.operand]) };
    if (chance(0.5)) {
      const flat = add("flatten", [x.operand]);
      return { ...x, operand: add("reshape", [flat], { shape: dims }) };
    }
    const turned = add("transpose", [x.operand], { permutation: [0, 1, 3, 2] });
    return { ...x, operand: turned, height: width, width: height };
  };

  const steps = [
    conv,
    conv,
    conv,
    norm,
    norm,
    arithmetic,
    arithmetic,
    activation,
    padding,
    pool,
    movement,
  ];
  let value: Value = {
    operand: "%x",
    channels: 1 + below(4),
    height: 3 + below(4),
    width: 3 + below(4),
  };
  const { channels, height, width } = value;
  const outputs: Operand[] = [];
  for (let i = 0; i < 8; i++) {
    value = steps[below(steps.length)]!(value);
    if (chance(0.15)) outputs.push(value.operand);
  }
  outputs.push(value.operand);
  return {
    name: `random${seed}`,
    inputs: [{ name: "x", dtype: "f32", dims: [2, channels, height, width] }],
    nodes,
    outputs: outputs.map((operand, i) => ({ name: `y${i}`, value: operand })),
    constants,
  };
}
