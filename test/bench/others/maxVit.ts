/** MaxViT: convolutions, attention within windows, attention over grids. */
import {
  adaptiveAvgPool2d,
  add,
  batchNorm2d,
  block,
  conv2d,
  flatten,
  gelu,
  linear,
  model,
  mul,
  permute,
  reshape,
  sequential,
  sigmoid,
  silu,
  type Definition,
  type Layer,
  type Value,
} from "tilewright";
import { lazyCase } from "../convolutions.js";
import type { MakeCase } from "../peer.js";
import { table, attention, encoder } from "./transformer.js";

/** A depthwise block that scales its channels by what their means say. */
function excited(inChannels: number, outChannels: number, stride: number): Layer {
  const hidden = 4 * outChannels;
  const conv = (from: number, to: number): Layer =>
    conv2d({ inChannels: from, outChannels: to, kernelSize: 1 });
  return block(
    {
      norm: batchNorm2d({ numFeatures: inChannels }),
      expand: conv(inChannels, hidden),
      depthwise: conv2d({
        ...{
          inChannels: hidden,
          outChannels: hidden,
          kernelSize: 3,
          stride,
          padding: 1,
          groups: hidden,
        },
      }),
      pool: adaptiveAvgPool2d(1),
      fc1: conv(hidden, outChannels / 4),
      fc2: conv(outChannels / 4, hidden),
      reduce: conv(hidden, outChannels),
      shortcut: conv2d({ inChannels, outChannels, kernelSize: 1, stride }),
    },
    (m, x: Value) => {
      const y = gelu(m.depthwise(gelu(m.expand(m.norm(x)))));
      const scaled = mul(y, sigmoid(m.fc2(silu(m.fc1(m.pool(y))))));
      const same = stride === 1 && inChannels === outChannels;
      return add(m.reduce(scaled), same ? x : m.shortcut(x));
    },
  );
}

/** Attention within windows, or over the same place of all windows (a grid), of maps [1, c, size, size]. */
function partitioned(c: number, size: number, window: number, grid: boolean): Layer {
  const across = size / window;
  const [count, length] = [across * across, window * window];
  const bias = (scores: Value): Value =>
    add(scores, table(scores, [1, c / 32, length, length], "position", 0.3));
  const mixer = encoder(c, attention(c, c / 32, count, length, bias), 4 * c, gelu());
  const cutDims = grid
    ? [1, c, window, across, window, across]
    : [1, c, across, window, across, window];
  const order = grid ? [0, 3, 5, 2, 4, 1] : [0, 2, 4, 3, 5, 1];
  const wholeDims = [1, across, across, window, window, c];
  const back = grid ? [0, 5, 3, 1, 4, 2] : [0, 5, 1, 3, 2, 4];
  return block({ mixer }, (m, x: Value) => {
    const tokens = reshape(permute(reshape(x, cutDims), order), [count, length, c]);
    return reshape(permute(reshape(m.mixer(tokens), wholeDims), back), [1, c, size, size]);
  });
}

/** MaxViT (Tu et al. 2022): convolution, windows, grid. */
function maxViT({ size = 112, window = 7 } = {}): Definition {
  const stage = (from: number, to: number, side: number): Layer[] => [
    excited(from, to, 2),
    partitioned(to, side, window, false),
    partitioned(to, side, window, true),
  ];
  const layers: readonly Layer[] = [
    conv2d({ inChannels: 3, outChannels: 32, kernelSize: 3, stride: 2, padding: 1 }),
    gelu(),
    ...stage(32, 32, size / 4),
    ...stage(32, 64, size / 8),
    adaptiveAvgPool2d(1),
    flatten(),
    linear({ inFeatures: 64, outFeatures: 1000 }),
  ];
  return model("maxvit", { image: [1, 3, size, size] }, sequential(layers));
}

export const maxVit: readonly MakeCase[] = [lazyCase("MaxViT", () => maxViT())];
