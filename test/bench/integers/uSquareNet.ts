/** U²-Net (Qin et al. 2020), which cuts objects out of pictures: U-shaped blocks in a U, 44 million weights. */
import type {
  Attributes,
  Constant,
  Definition,
  DefinitionNode,
  Operand,
} from "../../../compiler/graph/definition.js";

/** A map of so many channels, and a side of the image by its own. */
interface Map {
  readonly value: Operand;
  readonly channels: number;
  readonly down: number;
}

class Network {
  readonly nodes: DefinitionNode[] = [];
  readonly constants: Constant[] = [];

  constructor(private readonly size: number) {}

  node(op: string, inputs: readonly Operand[], attributes: Attributes = {}): Operand {
    const name = `n${this.nodes.length}`;
    this.nodes.push({ name, op, inputs, attributes });
    return `%${name}`;
  }

  weights(dims: readonly number[], spread: number): Operand {
    const name = `w${this.constants.length}`;
    const source = { kind: "seed", seed: this.constants.length + 1, center: 0, spread } as const;
    this.constants.push({ name, type: { dtype: "f32", dims }, source });
    return `@${name}`;
  }

  /** A window of 3×3 that keeps the size; what norms would scale by is in the weights. */
  window({ value, channels, down }: Map, outputs: number, dilation = 1): Map {
    const w = this.weights([outputs, channels, 3, 3], Math.sqrt(6 / (9 * channels)));
    const b = this.weights([outputs], 0.1);
    const pads = [dilation, dilation, dilation, dilation];
    const dilations = [dilation, dilation];
    return {
      value: this.node("conv", [value, w, b], { pads, dilations }),
      channels: outputs,
      down,
    };
  }

  layer(x: Map, outputs: number, dilation = 1): Map {
    const { value, ...rest } = this.window(x, outputs, dilation);
    return { value: this.node("relu", [value]), ...rest };
  }

  half({ value, channels, down }: Map): Map {
    const pooled = this.node("maxPool", [value], { kernel: [2, 2], strides: [2, 2] });
    return { value: pooled, channels, down: 2 * down };
  }

  resized({ value, channels, down: from }: Map, down: number): Map {
    if (down === from) return { value, channels, down };
    const side = this.size / down;
    const attributes = { sizes: [side, side], mode: "linear" };
    return { value: this.node("resize", [value], attributes), channels, down };
  }

  joined(a: Map, b: Map): Map {
    const { value } = this.resized(a, b.down);
    const both = this.node("concat", [value, b.value], { axis: 1 });
    return { value: both, channels: a.channels + b.channels, down: b.down };
  }

  sum(a: Map, b: Map): Map {
    return { ...a, value: this.node("add", [a.value, b.value]) };
  }

  /** A U of so many levels, with the input of the way down added at its end. */
  block(x: Map, levels: number, middle: number, outputs: number): Map {
    const first = this.layer(x, outputs);
    const down = [this.layer(first, middle)];
    for (let i = 2; i < levels; i++) down.push(this.layer(this.half(down.at(-1)!), middle));
    let back = this.layer(down.at(-1)!, middle, 2);
    for (let i = down.length - 1; i >= 0; i--)
      back = this.layer(this.joined(back, down[i]!), i === 0 ? outputs : middle);
    return this.sum(back, first);
  }

  /** Without halving: windows are dilated instead. */
  dilated(x: Map, middle: number, outputs: number): Map {
    const first = this.layer(x, outputs);
    const down = [1, 2, 4].reduce<Map[]>(
      (maps, dilation) => [...maps, this.layer(maps.at(-1) ?? first, middle, dilation)],
      [],
    );
    let back = this.layer(down[2]!, middle, 8);
    for (const [i, dilation] of [4, 2, 1].entries())
      back = this.layer(this.joined(back, down[2 - i]!), i === 2 ? outputs : middle, dilation);
    return this.sum(back, first);
  }
}

/** `size` is a multiple of 64 that blocks can halve on. */
export function uSquareNet(size: number): Definition {
  const net = new Network(size);
  const image: Map = { value: "%image", channels: 3, down: 1 };
  const levels = [7, 6, 5, 4] as const;
  const [middles, outputs] = [[32, 32, 64, 128] as const, [64, 128, 256, 512] as const];
  const ways: Map[] = [];
  let at = image;
  for (const [i, count] of levels.entries()) {
    ways.push(net.block(at, count, middles[i]!, outputs[i]!));
    at = net.half(ways[i]!);
  }
  ways.push(net.dilated(at, 256, 512));
  const deepest = net.dilated(net.half(ways[4]!), 256, 512);
  const backs = [net.dilated(net.joined(deepest, ways[4]!), 256, 512)];
  const narrow = [16, 32, 64, 128] as const;
  const wide = [64, 64, 128, 256] as const;
  for (let i = 3; i >= 0; i--)
    backs.push(net.block(net.joined(backs.at(-1)!, ways[i]!), levels[i]!, narrow[i]!, wide[i]!));
  const sides = [...backs].reverse().concat(deepest);
  const masks = sides.map((one) => net.resized(net.window(one, 1), 1).value);
  const all = { value: net.node("concat", masks, { axis: 1 }), channels: 6, down: 1 };
  // What a sigmoid tells apart: with larger ones all of the mask is nearly 0 or 1.
  const fused = net.node("conv", [all.value, net.weights([1, 6, 1, 1], 0.04)]);
  const mask = net.node("sigmoid", [fused]);
  return {
    name: "u2net",
    inputs: [{ name: "image", dtype: "f32", dims: [1, 3, size, size] }],
    nodes: net.nodes,
    outputs: [{ name: "mask", value: mask }],
    constants: net.constants,
  };
}
