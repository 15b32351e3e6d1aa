/** Networks that make images of images: instance norm, reflected borders, maps that grow by phases or by repeating. */
import {
  add,
  block,
  conv2d,
  convTranspose2d,
  instanceNorm2d,
  interpolate,
  model,
  relu,
  sequential,
  tanh,
  type Definition,
  type Layer,
  type Value,
} from "tilewright";
import { lazyCase } from "../convolutions.js";
import type { MakeCase } from "../peer.js";

/** Two 3×3 convolutions with reflected borders, each with instance norm, and what comes in added. */
function residual(channels: number): Layer {
  const conv = conv2d({
    inChannels: channels,
    outChannels: channels,
    kernelSize: 3,
    padding: 1,
    paddingMode: "reflect",
  });
  const norm = instanceNorm2d({ numFeatures: channels });
  return block({ one: conv, norm, two: conv }, (m, x) =>
    add(x, m.norm(m.two(relu(m.norm(m.one(x)))))),
  );
}

/** CycleGAN's generator (Zhu et al. 2017). */
function cycleGan({ width = 32, size = 256, blocks = 2 } = {}): Definition {
  const norm = (numFeatures: number): Layer => instanceNorm2d({ numFeatures });
  const reflected = { kernelSize: 7, padding: 3, paddingMode: "reflect" } as const;
  const down = (from: number): Layer[] => [
    conv2d({ inChannels: from, outChannels: 2 * from, kernelSize: 3, stride: 2, padding: 1 }),
    norm(2 * from),
    relu(),
  ];
  const up = (from: number): Layer[] => [
    convTranspose2d({
      inChannels: from,
      outChannels: from / 2,
      kernelSize: 3,
      stride: 2,
      padding: 1,
      outputPadding: 1,
    }),
    norm(from / 2),
    relu(),
  ];
  const layers: readonly Layer[] = [
    conv2d({ inChannels: 3, outChannels: width, ...reflected }),
    norm(width),
    relu(),
    ...down(width),
    ...down(2 * width),
    ...Array.from({ length: blocks }, () => residual(4 * width)),
    ...up(4 * width),
    ...up(2 * width),
    conv2d({ inChannels: width, outChannels: 3, ...reflected }),
    tanh(),
  ];
  return model("cyclegan", { image: [1, 3, size, size] }, sequential(layers));
}

/** The fast style transfer of Johnson et al. 2016, with instance norm and nearest upsampling as PyTorch's example has it. */
function styleTransfer({ width = 16, size = 256, blocks = 3 } = {}): Definition {
  const conv = (inChannels: number, outChannels: number, kernelSize: number, stride = 1): Layer =>
    conv2d({
      ...{ inChannels, outChannels, kernelSize, stride },
      ...{ padding: (kernelSize - 1) / 2, paddingMode: "reflect" },
    });
  const step = (from: number, to: number, kernelSize: number, stride = 1): Layer[] => [
    conv(from, to, kernelSize, stride),
    instanceNorm2d({ numFeatures: to, affine: true }),
    relu(),
  ];
  const twice = block({}, (_, x: Value) => interpolate(x, 2, { scaleFactor: 2 }));
  const layers: readonly Layer[] = [
    ...step(3, width, 9),
    ...step(width, 2 * width, 3, 2),
    ...step(2 * width, 4 * width, 3, 2),
    ...Array.from({ length: blocks }, () => residual(4 * width)),
    twice,
    ...step(4 * width, 2 * width, 3),
    twice,
    ...step(2 * width, width, 3),
    conv(width, 3, 9),
  ];
  return model("style-transfer", { image: [1, 3, size, size] }, sequential(layers));
}

export const imageTranslation: readonly MakeCase[] = [
  lazyCase("CycleGAN", () => cycleGan()),
  lazyCase("style transfer", () => styleTransfer()),
];
