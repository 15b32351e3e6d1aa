/** MobileViT: transformers over the pixels at the same place of all patches. */
import {
  adaptiveAvgPool2d,
  add,
  batchNorm2d,
  block,
  cat,
  conv2d,
  flatten,
  layerNorm,
  linear,
  model,
  permute,
  reshape,
  sequential,
  silu,
  type Definition,
  type Layer,
  type Value,
} from "tilewright";
import { lazyCase } from "../convolutions.js";
import type { MakeCase } from "../peer.js";
import { attention, encoder } from "./transformer.js";

function convNormSilu(
  inChannels: number,
  outChannels: number,
  kernelSize: number,
  stride = 1,
  groups = 1,
): Layer {
  const padding = (kernelSize - 1) / 2;
  return sequential([
    conv2d({ inChannels, outChannels, kernelSize, stride, padding, groups, bias: false }),
    batchNorm2d({ numFeatures: outChannels }),
    silu(),
  ] as readonly Layer[]);
}

function inverted(inChannels: number, outChannels: number, stride: number): Layer {
  const hidden = 4 * inChannels;
  return block(
    {
      expand: convNormSilu(inChannels, hidden, 1),
      depthwise: convNormSilu(hidden, hidden, 3, stride, hidden),
      reduce: conv2d({ inChannels: hidden, outChannels, kernelSize: 1, bias: false }),
      norm: batchNorm2d({ numFeatures: outChannels }),
    },
    (m, x: Value) => {
      const y = m.norm(m.reduce(m.depthwise(m.expand(x))));
      return stride === 1 && inChannels === outChannels ? add(x, y) : y;
    },
  );
}

/** MobileViT's block: a transformer over the pixels at the same place of all 2×2 patches. */
function mobileVitBlock(c: number, dim: number, size: number, depth: number): Layer {
  const half = size / 2;
  return block(
    {
      local: convNormSilu(c, c, 3),
      into: conv2d({ inChannels: c, outChannels: dim, kernelSize: 1, bias: false }),
      encoder: sequential(
        Array.from({ length: depth }, () =>
          encoder(dim, attention(dim, 4, 4, half * half), 2 * dim, silu()),
        ) as readonly Layer[],
      ),
      norm: layerNorm({ normalizedShape: dim }),
      back: convNormSilu(dim, c, 1),
      fuse: convNormSilu(2 * c, c, 3),
    },
    (m, x: Value) => {
      const cut = reshape(m.into(m.local(x)), [dim * half, 2, half, 2]);
      const parts = reshape(permute(cut, [0, 2, 1, 3]), [1, dim, half * half, 4]);
      const tokens = reshape(permute(parts, [0, 3, 2, 1]), [4, half * half, dim]);
      const mixed = m.norm(m.encoder(tokens));
      const again = permute(reshape(mixed, [1, 4, half * half, dim]), [0, 3, 2, 1]);
      const rows = permute(reshape(again, [dim * half, half, 2, 2]), [0, 2, 1, 3]);
      return m.fuse(cat([x, m.back(reshape(rows, [1, dim, size, size]))]));
    },
  );
}

/** MobileViT (Mehta & Rastegari 2022), its extra small form with two of the three stages that have attention. */
function mobileViT({ size = 128 } = {}): Definition {
  const layers: readonly Layer[] = [
    convNormSilu(3, 16, 3, 2),
    inverted(16, 32, 1),
    inverted(32, 48, 2),
    inverted(48, 48, 1),
    inverted(48, 64, 2),
    mobileVitBlock(64, 96, size / 8, 2),
    inverted(64, 80, 2),
    mobileVitBlock(80, 120, size / 16, 2),
    convNormSilu(80, 320, 1),
    adaptiveAvgPool2d(1),
    flatten(),
    linear({ inFeatures: 320, outFeatures: 1000 }),
  ];
  return model("mobilevit", { image: [1, 3, size, size] }, sequential(layers));
}

export const mobileVit: readonly MakeCase[] = [lazyCase("MobileViT", () => mobileViT())];
