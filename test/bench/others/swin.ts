/** Swin Transformer: attention within windows that shift. */
import {
  add,
  block,
  cat,
  conv2d,
  gelu,
  layerNorm,
  linear,
  mean,
  model,
  permute,
  reshape,
  sequential,
  slice,
  type Definition,
  type Layer,
  type Value,
} from "tilewright";
import { lazyCase } from "../convolutions.js";
import type { MakeCase } from "../peer.js";
import { table, attention, encoder } from "./transformer.js";

/** [1, size, size, dim] in windows: [count, window², dim]. */
function windows(x: Value, size: number, window: number, dim: number): Value {
  const across = size / window;
  const cut = reshape(x, [1, across, window, across, window, dim]);
  return reshape(permute(cut, [0, 1, 3, 2, 4, 5]), [across * across, window * window, dim]);
}

function whole(x: Value, size: number, window: number, dim: number): Value {
  const across = size / window;
  const cut = reshape(x, [1, across, across, window, window, dim]);
  return reshape(permute(cut, [0, 1, 3, 2, 4, 5]), [1, size, size, dim]);
}

/** Rolls rows and columns as torch.roll does. */
function roll(x: Value, size: number, by: number): Value {
  return [1, 2].reduce((rolled, axis) => {
    const axes = [axis];
    const low = slice(rolled, { starts: [0], ends: [by], axes });
    const high = slice(rolled, { starts: [by], ends: [size], axes });
    return cat([high, low], axis);
  }, x);
}

function swinBlock(dim: number, heads: number, size: number, window: number, shift: number): Layer {
  const count = (size / window) ** 2;
  const length = window * window;
  const bias = (scores: Value): Value => {
    const near = add(scores, table(scores, [1, heads, length, length], "position", 0.3));
    return shift === 0 ? near : add(near, table(near, [count, 1, length, length], "mask", 0.5));
  };
  const within = attention(dim, heads, count, length, bias);
  const mixing = block({ within }, (m, x: Value) => {
    const rolled = shift === 0 ? x : roll(x, size, shift);
    const mixed = whole(m.within(windows(rolled, size, window, dim)), size, window, dim);
    return shift === 0 ? mixed : roll(mixed, size, size - shift);
  });
  return encoder(dim, mixing, 4 * dim, gelu());
}

/** Every other row and column beside each other, then half as many channels. */
function patchMerging(dim: number): Layer {
  const part = (x: Value, row: number, column: number): Value =>
    slice(x, { starts: [row, column], ends: [2 ** 20, 2 ** 20], axes: [1, 2], steps: [2, 2] });
  return block(
    {
      norm: layerNorm({ normalizedShape: 4 * dim }),
      reduction: linear({ inFeatures: 4 * dim, outFeatures: 2 * dim, bias: false }),
    },
    (m, x: Value) =>
      m.reduction(m.norm(cat([part(x, 0, 0), part(x, 1, 0), part(x, 0, 1), part(x, 1, 1)], 3))),
  );
}

/** Swin Transformer (Liu et al. 2021) of two stages. */
function swinTransformer({ dim = 48, size = 112, window = 7, heads = 3 } = {}): Definition {
  const side = size / 4;
  const stage = (c: number, h: number, s: number): Layer[] =>
    [0, Math.floor(window / 2)].map((shift) => swinBlock(c, h, s, window, shift));
  const layers = {
    patches: conv2d({ inChannels: 3, outChannels: dim, kernelSize: 4, stride: 4 }),
    norm0: layerNorm({ normalizedShape: dim }),
    stages: sequential([
      ...stage(dim, heads, side),
      patchMerging(dim),
      ...stage(2 * dim, 2 * heads, side / 2),
    ] as readonly Layer[]),
    norm: layerNorm({ normalizedShape: 2 * dim }),
    head: linear({ inFeatures: 2 * dim, outFeatures: 1000 }),
  };
  return model("swin", { image: [1, 3, size, size] }, layers, (m, { image }) => {
    const tokens = m.norm0(permute(m.patches(image), [0, 2, 3, 1]));
    const last = permute(m.norm(m.stages(tokens)), [0, 3, 1, 2]);
    return { logits: m.head(mean(last, { dim: [2, 3] })) };
  });
}

export const swin: readonly MakeCase[] = [lazyCase("Swin", () => swinTransformer())];
