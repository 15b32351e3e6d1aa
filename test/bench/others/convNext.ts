/** ConvNeXt: large depthwise windows, layer norm over channels that lie last, GELU. */
import {
  adaptiveAvgPool2d,
  add,
  block,
  conv2d,
  flatten,
  gelu,
  layerNorm,
  linear,
  model,
  mul,
  permute,
  sequential,
  type Definition,
  type Layer,
  type Value,
} from "tilewright";
import { lazyCase } from "../convolutions.js";
import type { MakeCase } from "../peer.js";
import { table, perceptron } from "./transformer.js";

/** A block of ConvNeXt as torchvision has it: channels last between its permutations. */
function nextBlock(dim: number): Layer {
  return block(
    {
      depthwise: conv2d({
        ...{ inChannels: dim, outChannels: dim, kernelSize: 7, padding: 3, groups: dim },
      }),
      norm: layerNorm({ normalizedShape: dim, eps: 1e-6 }),
      mlp: perceptron(dim, 4 * dim, gelu()),
    },
    (m, x: Value) => {
      const last = m.mlp(m.norm(permute(m.depthwise(x), [0, 2, 3, 1])));
      return add(x, mul(permute(last, [0, 3, 1, 2]), table(x, [dim, 1, 1], "scale", 0.3)));
    },
  );
}

function norm2d(dim: number): Layer {
  return block({ norm: layerNorm({ normalizedShape: dim, eps: 1e-6 }) }, (m, x: Value) =>
    permute(m.norm(permute(x, [0, 2, 3, 1])), [0, 3, 1, 2]),
  );
}

/** ConvNeXt (Liu et al. 2022). */
function convNeXt({ dim = 48, size = 128 } = {}): Definition {
  const down = (from: number, to: number): Layer[] => [
    norm2d(from),
    conv2d({ inChannels: from, outChannels: to, kernelSize: 2, stride: 2 }),
  ];
  const stage = (c: number): Layer[] => [nextBlock(c), nextBlock(c)];
  const layers: readonly Layer[] = [
    conv2d({ inChannels: 3, outChannels: dim, kernelSize: 4, stride: 4 }),
    norm2d(dim),
    ...stage(dim),
    ...down(dim, 2 * dim),
    ...stage(2 * dim),
    ...down(2 * dim, 4 * dim),
    ...stage(4 * dim),
    adaptiveAvgPool2d(1),
    norm2d(4 * dim),
    flatten(),
    linear({ inFeatures: 4 * dim, outFeatures: 1000 }),
  ];
  return model("convnext", { image: [1, 3, size, size] }, sequential(layers));
}

export const convNext: readonly MakeCase[] = [lazyCase("ConvNeXt", () => convNeXt())];
