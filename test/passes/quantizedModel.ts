/** Random small networks of DequantizeLinear, layers of floats, and QuantizeLinear. */
import type { Attributes, Constant, Definition, Operand } from "../../compiler/graph/definition.js";
import { elementCount, tensor, type Tensor } from "../../compiler/base/tensor.js";
import { createRandom, type Random } from "../support/random.js";

const RANGES = { u8: [0, 255], i8: [-128, 127] } as const;
type Bytes = keyof typeof RANGES;

/** Integers [2, channels, size, size] with a scale and a zero point. */
interface Quantized {
  readonly operand: Operand;
  readonly dtype: Bytes;
  readonly channels: number;
  readonly size: number;
  readonly scale: number;
  readonly zero: number;
}

/**
 * A network and its input. `exact`: scales are powers of two, so that sums of floats round nothing, and integers are
 * to be the same whatever is computed with.
 */
export function quantizedModel(seed: number): {
  readonly definition: Definition;
  readonly inputs: ReadonlyMap<string, Tensor>;
  readonly exact: boolean;
} {
  const random = createRandom(seed);
  const maker = new Maker(random, random.chance(0.5));
  const dims = [2, random.int(1, 8), 4, 4];
  let x = maker.quantized("%image", { channels: dims[1]!, size: 4 });
  const kept: Quantized[] = [];
  for (let layers = random.int(1, 3); layers > 0; layers--) {
    x = random.pick(LAYERS)(maker, x);
    if (random.chance(0.3)) kept.push(x);
  }
  const outputs = [...kept, x].map(({ operand }, i) => ({ name: `y${i}`, value: operand }));
  if (random.chance(0.3)) outputs.push({ name: "f", value: maker.product(x, 3) });
  const values = Array.from({ length: elementCount(dims) }, () => random.int(-300, 300) / 64);
  const { nodes, constants, exact } = maker;
  return {
    definition: {
      name: `quantized${seed}`,
      inputs: [{ name: "image", dtype: "f32", dims }],
      nodes,
      outputs,
      constants,
    },
    inputs: new Map([["image", tensor("f32", dims, values)]]),
    exact,
  };
}

class Maker {
  readonly nodes: Definition["nodes"][number][] = [];
  readonly constants: Constant[] = [];

  constructor(
    readonly random: Random,
    readonly exact: boolean,
  ) {}

  constant({ type, data }: Tensor): Operand {
    const name = `c${this.constants.length}`;
    this.constants.push({ name, type, source: { kind: "data", data } });
    return `@${name}`;
  }

  node(op: string, inputs: readonly (Operand | undefined)[], attributes: Attributes = {}): Operand {
    const name = `n${this.nodes.length}`;
    this.nodes.push({ name, op, inputs, attributes });
    return `%${name}`;
  }

  number(value: number): Operand {
    return this.constant(tensor("f32", [], [value]));
  }

  scale(near: number): number {
    const power = 2 ** Math.round(Math.log2(near));
    return this.exact ? power : Math.fround(power * (1 + this.random.int(0, 900) / 1000));
  }

  /** By a scale and zero point of its own, or those of other integers. */
  quantized(
    x: Operand,
    shape: { readonly channels: number; readonly size: number },
    like?: Quantized,
  ): Quantized {
    const { random } = this;
    const dtype = like?.dtype ?? random.pick(["u8", "i8"] as const);
    const [min, max] = RANGES[dtype];
    const scale = like?.scale ?? this.scale(1 / 32);
    const zero =
      like?.zero ?? random.pick([min, max, random.int(min, max), dtype === "i8" ? 0 : 128]);
    const rounded = this.node("round", [this.node("div", [x, this.number(scale)])]);
    const shifted = zero === 0 ? rounded : this.node("add", [rounded, this.number(zero)]);
    const clipped = this.node("clip", [shifted], { min, max });
    return { operand: this.node("cast", [clipped], { to: dtype }), dtype, scale, zero, ...shape };
  }

  /** One way or the other of writing the same. */
  dequantized({ operand, scale, zero }: Quantized): Operand {
    const late = this.random.chance(0.3);
    const wide = late ? "i32" : "f32";
    const cast = this.node("cast", [operand], { to: wide });
    const point = this.constant(tensor(wide, [], [zero]));
    const centred = zero === 0 ? cast : this.node("sub", [cast, point]);
    const float = late ? this.node("cast", [centred], { to: "f32" }) : centred;
    return this.node("mul", [float, this.number(scale)]);
  }

  /** Weights [outputs, …] of bytes, a scale for each output or one, and now and then a zero point. */
  weights(dims: readonly number[], turned: boolean): { operand: Operand; scales: number[] } {
    const { random } = this;
    const dtype = random.pick(["i8", "u8"] as const);
    const integers = tensor(dtype, turned ? [...dims].reverse() : dims, this.#bytes(dtype, dims));
    const cast = this.node("cast", [this.constant(integers)], { to: "f32" });
    const zero = dtype === "u8" ? random.int(100, 150) : 0;
    const centred = zero === 0 ? cast : this.node("sub", [cast, this.number(zero)]);
    const outputs = dims[0]!;
    const scales = Array.from({ length: random.chance(0.7) ? outputs : 1 }, () =>
      this.scale(random.pick([1 / 128, 1 / 512])),
    );
    const along = turned ? [scales.length] : [scales.length, ...dims.slice(1).map(() => 1)];
    const scale = this.constant(tensor("f32", scales.length === 1 ? [] : along, scales));
    const floats = this.node("mul", [centred, scale]);
    return { operand: turned ? this.node("transpose", [floats]) : floats, scales };
  }

  #bytes(dtype: Bytes, dims: readonly number[]): number[] {
    const [least, most] = RANGES[dtype];
    return Array.from({ length: elementCount(dims) }, () =>
      this.random.chance(0.2)
        ? this.random.pick([least, most])
        : Math.round(this.random.int(least, most) / 8 + (least + most) / 2.3),
    );
  }

  /** Integers with the scales of the sum, or others, or floats, or none. */
  bias({ scale }: Quantized, scales: readonly number[], outputs: number): Operand | undefined {
    const { random } = this;
    const kind = random.int(0, 3);
    if (kind === 0) return undefined;
    const own = Array.from({ length: outputs }, () => random.int(-900, 900));
    if (kind === 1)
      return this.constant(
        tensor(
          "f32",
          [outputs],
          own.map((one) => one / 128),
        ),
      );
    const cast = this.node("cast", [this.constant(tensor("i32", [outputs], own))], { to: "f32" });
    const factors = scales.map((one) => Math.fround(one * scale) * (kind === 2 ? 1 : 2));
    const dims = factors.length === 1 ? [] : [outputs];
    return this.node("mul", [cast, this.constant(tensor("f32", dims, factors))]);
  }

  /** A convolution, or what one of single pixels is along channels. */
  product(x: Quantized, outputs: number, window = 1, attributes: Attributes = {}): Operand {
    const { channels } = x;
    const isMatrix = window === 1 && this.random.chance(0.5);
    const turned = isMatrix && this.random.chance(0.5);
    const groups = attributes["groups"] === undefined ? 1 : channels;
    const dims = [outputs, channels / groups, ...(isMatrix ? [] : [window, window])];
    const w = this.weights(dims, turned);
    const operands = [this.dequantized(x), w.operand, this.bias(x, w.scales, outputs)];
    return isMatrix
      ? this.node("matmul", operands, { axis: 1 })
      : this.node("conv", operands, attributes);
  }
}

type Layer = (maker: Maker, x: Quantized) => Quantized;

function activated(maker: Maker, y: Operand): Operand {
  const kind = maker.random.int(0, 2);
  if (kind === 0) return y;
  return kind === 1 ? maker.node("relu", [y]) : maker.node("clip", [y], { min: 0, max: 6 });
}

const window: Layer = (maker, x) => {
  const { random } = maker;
  const depthwise = random.chance(0.3);
  const channels = depthwise ? x.channels : random.int(1, 6);
  const size = Math.min(3, x.size);
  const pads = size === 3 ? [1, 1, 1, 1] : [0, 0, 0, 0];
  const groups = depthwise ? { groups: channels } : {};
  const y = maker.product(x, channels, size, { pads, ...groups });
  return maker.quantized(activated(maker, y), { channels, size: size === 3 ? x.size : 1 });
};

const linear: Layer = (maker, x) => {
  const channels = maker.random.int(1, 6);
  const y = activated(maker, maker.product(x, channels));
  return maker.quantized(y, { channels, size: x.size });
};

/** Maxima of integers, mostly with the scale that they have. */
const pool: Layer = (maker, x) => {
  const pooled = maker.node("maxPool", [maker.dequantized(x)], {
    kernel: [2, 2],
    strides: [1, 1],
    pads: [1, 0, 0, 1],
  });
  const { channels, size } = x;
  return maker.quantized(pooled, { channels, size }, maker.random.chance(0.7) ? x : undefined);
};

/** Side by side with what a layer makes of it, and every element four times. */
const joined: Layer = (maker, x) => {
  const { random } = maker;
  const like = random.chance(0.5) ? x : undefined;
  const y = maker.product(x, 3);
  const other = maker.quantized(y, { channels: 3, size: x.size }, like);
  const both = maker.node("concat", [maker.dequantized(x), maker.dequantized(other)], { axis: 1 });
  const shape = { channels: x.channels + 3, size: x.size };
  if (random.chance(0.5)) return maker.quantized(both, shape, like);
  const sizes = [2 * x.size, 2 * x.size];
  const larger = maker.node("resize", [both], { sizes, mode: "nearest" });
  return maker.quantized(larger, { ...shape, size: 2 * x.size }, like);
};

const LAYERS: readonly Layer[] = [window, linear, pool, joined];
