/** DeepLabV3 (Chen et al. 2017) on a small backbone: branches so widely dilated that most taps read padding. */
import {
  adaptiveAvgPool2d,
  batchNorm2d,
  block,
  cat,
  conv2d,
  interpolate,
  model,
  relu,
  sequential,
  type Layer,
} from "tilewright";
import { convNormActivation } from "../../../examples/layers.js";
import { lazyCase } from "../convolutions.js";
import type { MakeCase } from "../peer.js";

/** A sixteenth of the image's height and width. */
function backbone(): Layer {
  const widths = [3, 32, 64, 128, 256] as const;
  return sequential(
    widths.slice(1).flatMap((outChannels, i) => [
      convNormActivation({
        inChannels: widths[i]!,
        outChannels,
        stride: 2,
        activation: relu(),
      }),
      convNormActivation({ inChannels: outChannels, outChannels, activation: relu() }),
    ]),
  );
}

function branch(inChannels: number, outChannels: number, dilation: number): Layer {
  const kernelSize = dilation === 1 ? 1 : 3;
  const padding = dilation === 1 ? 0 : dilation;
  return sequential([
    conv2d({ inChannels, outChannels, kernelSize, padding, dilation, bias: false }),
    batchNorm2d({ numFeatures: outChannels }),
    relu(),
  ]);
}

function deepLabV3(size: number) {
  const map = size / 16;
  const pyramid = block(
    {
      one: branch(256, 128, 1),
      near: branch(256, 128, 12),
      far: branch(256, 128, 24),
      farthest: branch(256, 128, 36),
      pool: sequential([adaptiveAvgPool2d(1), branch(256, 128, 1)]),
      project: branch(640, 128, 1),
    },
    (m, x) => {
      const pooled = interpolate(m.pool(x), 2, {
        size: [1, 128, map, map],
        mode: "linear",
      });
      return m.project(cat([m.one(x), m.near(x), m.far(x), m.farthest(x), pooled]));
    },
  );
  const layers = {
    backbone: backbone(),
    pyramid,
    head: convNormActivation({ inChannels: 128, outChannels: 128, activation: relu() }),
    classes: conv2d({ inChannels: 128, outChannels: 21, kernelSize: 1 }),
  };
  return model("deeplabv3", { image: [1, 3, size, size] }, layers, (m, { image }) => {
    const scores = m.classes(m.head(m.pyramid(m.backbone(image))));
    return { mask: interpolate(scores, 2, { size: [1, 21, size, size], mode: "linear" }) };
  });
}

export const deepLab: readonly MakeCase[] = [224, 512].map((size) =>
  lazyCase(`DeepLabV3 ${size}²`, () => deepLabV3(size)),
);
