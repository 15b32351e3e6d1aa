/** NAFNet (Chen et al. 2022): layer norm over channels, simple gates, and channels scaled by their means. */
import {
  adaptiveAvgPool2d,
  add,
  block,
  chunk,
  constant,
  conv2d,
  div,
  mean,
  model,
  mul,
  pixelShuffle,
  pow,
  sequential,
  sqrt,
  sub,
  type Definition,
  type Layer,
  type Value,
} from "tilewright";
import { lazyCase } from "../convolutions.js";
import type { MakeCase } from "../peer.js";

/** NAFNet's layer norm over channels, in the steps that its code takes. */
function channelNorm(channels: number): Layer {
  return block({}, (_, x: Value) => {
    const scalars = (value: number): Value =>
      constant(x, { type: { dtype: "f32", dims: [] }, data: Float32Array.of(value) });
    const each = (name: string, value: (i: number) => number): Value => {
      const type = { dtype: "f32", dims: [1, channels, 1, 1] } as const;
      return constant(
        x,
        { type, data: Float32Array.from({ length: channels }, (_, i) => value(i)) },
        name,
      );
    };
    const centred = sub(x, mean(x, { dim: 1, keepdim: true }));
    const variance = mean(pow(centred, scalars(2)), { dim: 1, keepdim: true });
    const normal = div(centred, sqrt(add(variance, scalars(1e-6))));
    return add(
      mul(
        each("gamma", (i) => 1 + (i % 7) / 20),
        normal,
      ),
      each("beta", (i) => (i % 5) / 10),
    );
  });
}

function gate(x: Value): Value {
  const [a, b] = chunk(x, 2, 1);
  return mul(a!, b!);
}

/** A block of NAFNet: simple gates, and the mean of each channel scales it. */
function nafBlock(c: number): Layer {
  const pointwise = (inChannels: number, outChannels: number): Layer =>
    conv2d({ inChannels, outChannels, kernelSize: 1 });
  return block(
    {
      norm1: channelNorm(c),
      conv1: pointwise(c, 2 * c),
      conv2: conv2d({
        ...{ inChannels: 2 * c, outChannels: 2 * c, kernelSize: 3, padding: 1, groups: 2 * c },
      }),
      pool: adaptiveAvgPool2d(1),
      sca: pointwise(c, c),
      conv3: pointwise(c, c),
      norm2: channelNorm(c),
      conv4: pointwise(c, 2 * c),
      conv5: pointwise(c, c),
    },
    (m, x: Value) => {
      const gated = gate(m.conv2(m.conv1(m.norm1(x))));
      const y = add(x, m.conv3(mul(gated, m.sca(m.pool(gated)))));
      return add(y, m.conv5(gate(m.conv4(m.norm2(y)))));
    },
  );
}

/** NAFNet (Chen et al. 2022): a U of blocks, maps grown by pixel shuffles. */
function nafnet({ width = 16, size = 256 } = {}): Definition {
  const down = (from: number): Layer =>
    conv2d({ inChannels: from, outChannels: 2 * from, kernelSize: 2, stride: 2 });
  const up = (from: number): Layer =>
    conv2d({ inChannels: from, outChannels: 2 * from, kernelSize: 1, bias: false });
  const conv = (inChannels: number, outChannels: number): Layer =>
    conv2d({ inChannels, outChannels, kernelSize: 3, padding: 1 });
  const layers = {
    intro: conv(3, width),
    enc1: nafBlock(width),
    down1: down(width),
    enc2: nafBlock(2 * width),
    down2: down(2 * width),
    middle: sequential([nafBlock(4 * width), nafBlock(4 * width)] as readonly Layer[]),
    up2: up(4 * width),
    dec2: nafBlock(2 * width),
    up1: up(2 * width),
    dec1: nafBlock(width),
    ending: conv(width, 3),
  };
  return model("nafnet", { image: [1, 3, size, size] }, layers, (m, { image }) => {
    const first = m.enc1(m.intro(image));
    const second = m.enc2(m.down1(first));
    const deepest = m.middle(m.down2(second));
    const back2 = m.dec2(add(pixelShuffle(m.up2(deepest), 2), second));
    const back1 = m.dec1(add(pixelShuffle(m.up1(back2), 2), first));
    return { output: add(m.ending(back1), image) };
  });
}

export const nafNet: readonly MakeCase[] = [lazyCase("NAFNet", () => nafnet())];
