/** The U-Net of denoising diffusion: group norm, SiLU, attention over all positions of a small map. */
import {
  add,
  block,
  cat,
  chunk,
  constant,
  conv2d,
  groupNorm,
  interpolate,
  matmul,
  model,
  mul,
  permute,
  reshape,
  silu,
  softmax,
  type Definition,
  type Layer,
  type Value,
} from "tilewright";
import { lazyCase } from "../convolutions.js";
import type { MakeCase } from "../peer.js";

/** Group norm, SiLU and a 3×3 convolution, twice, with a shortcut. */
function diffusionBlock(inChannels: number, outChannels: number): Layer {
  const conv = (from: number): Layer =>
    conv2d({ inChannels: from, outChannels, kernelSize: 3, padding: 1 });
  const norm = (numChannels: number): Layer => groupNorm({ numGroups: 8, numChannels });
  return block(
    {
      norm1: norm(inChannels),
      conv1: conv(inChannels),
      norm2: norm(outChannels),
      conv2: conv(outChannels),
      shortcut: conv2d({ inChannels, outChannels, kernelSize: 1 }),
    },
    (m, x: Value) => {
      const inner = m.conv2(silu(m.norm2(m.conv1(silu(m.norm1(x))))));
      return add(inner, inChannels === outChannels ? x : m.shortcut(x));
    },
  );
}

/** Attention of one head over all positions of a map. */
function mapAttention(channels: number, size: number): Layer {
  const conv = (outChannels: number): Layer =>
    conv2d({ inChannels: channels, outChannels, kernelSize: 1 });
  return block(
    {
      norm: groupNorm({ numGroups: 8, numChannels: channels }),
      qkv: conv(3 * channels),
      proj: conv(channels),
    },
    (m, x: Value) => {
      const flat = reshape(m.qkv(m.norm(x)), [1, 3 * channels, size * size]);
      const [q, k, v] = chunk(flat, 3, 1);
      const scale = constant(x, {
        type: { dtype: "f32", dims: [] },
        data: Float32Array.of(channels ** -0.5),
      });
      const scores = softmax(mul(matmul(permute(q!, [0, 2, 1]), k!), scale), { dim: -1 });
      const out = matmul(v!, permute(scores, [0, 2, 1]));
      return add(x, m.proj(reshape(out, [1, channels, size, size])));
    },
  );
}

/** The U-Net of denoising diffusion (Ho et al. 2020), without the embedding of time. */
function diffusionUnet({ width = 32, size = 64 } = {}): Definition {
  const down = (c: number): Layer =>
    conv2d({ inChannels: c, outChannels: c, kernelSize: 3, stride: 2, padding: 1 });
  const up = (c: number): Layer =>
    block(
      { conv: conv2d({ inChannels: c, outChannels: c, kernelSize: 3, padding: 1 }) },
      (m, x: Value) => m.conv(interpolate(x, 2, { scaleFactor: 2 })),
    );
  const [a, b, c] = [width, 2 * width, 4 * width] as const;
  const layers = {
    intro: conv2d({ inChannels: 3, outChannels: a, kernelSize: 3, padding: 1 }),
    down1: diffusionBlock(a, a),
    half1: down(a),
    down2: diffusionBlock(a, b),
    half2: down(b),
    middle1: diffusionBlock(b, c),
    attention: mapAttention(c, size / 4),
    middle2: diffusionBlock(c, c),
    up2: up(c),
    back2: diffusionBlock(c + b, b),
    up1: up(b),
    back1: diffusionBlock(b + a, a),
    norm: groupNorm({ numGroups: 8, numChannels: a }),
    out: conv2d({ inChannels: a, outChannels: 3, kernelSize: 3, padding: 1 }),
  };
  return model("diffusion-unet", { image: [1, 3, size, size] }, layers, (m, { image }) => {
    const first = m.down1(m.intro(image));
    const second = m.down2(m.half1(first));
    const deepest = m.middle2(m.attention(m.middle1(m.half2(second))));
    const back2 = m.back2(cat([m.up2(deepest), second]));
    const back1 = m.back1(cat([m.up1(back2), first]));
    return { noise: m.out(silu(m.norm(back1))) };
  });
}

export const diffusion: readonly MakeCase[] = [lazyCase("diffusion U-Net", () => diffusionUnet())];
