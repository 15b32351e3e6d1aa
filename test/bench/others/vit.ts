/** ViT: tokens of patches. */
import {
  add,
  cat,
  conv2d,
  gelu,
  layerNorm,
  linear,
  model,
  permute,
  reshape,
  sequential,
  slice,
  type Definition,
  type Layer,
} from "tilewright";
import { lazyCase } from "../convolutions.js";
import type { MakeCase } from "../peer.js";
import { table, attention, encoder } from "./transformer.js";

/** ViT (Dosovitskiy et al. 2021). */
function visionTransformer({ dim = 192, size = 112, depth = 4, heads = 3 } = {}): Definition {
  const side = size / 16;
  const tokens = side * side + 1;
  const layers = {
    patches: conv2d({ inChannels: 3, outChannels: dim, kernelSize: 16, stride: 16 }),
    encoder: sequential(
      Array.from({ length: depth }, () =>
        encoder(dim, attention(dim, heads, 1, tokens), 4 * dim, gelu()),
      ) as readonly Layer[],
    ),
    norm: layerNorm({ normalizedShape: dim }),
    head: linear({ inFeatures: dim, outFeatures: 1000 }),
  };
  return model("vit", { image: [1, 3, size, size] }, layers, (m, { image }) => {
    const flat = permute(reshape(m.patches(image), [1, dim, side * side]), [0, 2, 1]);
    const first = table(flat, [1, 1, dim], "class", 0.5);
    const all = add(cat([first, flat], 1), table(flat, [1, tokens, dim], "position", 0.5));
    const last = m.norm(m.encoder(all));
    return {
      logits: m.head(reshape(slice(last, { starts: [0], ends: [1], axes: [1] }), [1, dim])),
    };
  });
}

export const vit: readonly MakeCase[] = [lazyCase("ViT", () => visionTransformer())];
