/** U-Net (Ronneberger et al. 2015) as Buda et al. 2019 published it for brain scans: a mask for every pixel. */
import {
  batchNorm2d,
  block,
  cat,
  conv2d,
  convTranspose2d,
  maxPool2d,
  model,
  relu,
  sigmoid,
  type Layer,
} from "tilewright";
import { scaled, type NetworkOptions } from "./options.js";

/** Two 3×3 convolutions, each with norm and ReLU; the prefix is part of the published parameter names. */
function twice(inChannels: number, outChannels: number, prefix: string): Layer {
  const conv = (from: number): Layer =>
    conv2d({ inChannels: from, outChannels, kernelSize: 3, padding: 1, bias: false });
  const norm = batchNorm2d({ numFeatures: outChannels });
  const [conv1, norm1, conv2, norm2] = ["conv1", "norm1", "conv2", "norm2"].map(
    (name) => `${prefix}${name}`,
  ) as [string, string, string, string];
  const layers = {
    [conv1]: conv(inChannels),
    [norm1]: norm,
    [conv2]: conv(outChannels),
    [norm2]: norm,
  };
  return block(layers, (m, x) => {
    const first = relu(m[norm1]!(m[conv1]!(x)));
    return relu(m[norm2]!(m[conv2]!(first)));
  });
}

/** `classes` are the channels of the mask. The size is a multiple of 16. */
export function unet({ width = 1, size = 256, classes = 1 }: NetworkOptions = {}) {
  const c = (level: number): number => scaled(32, width) * 2 ** level;
  const pool = maxPool2d({ kernelSize: 2 });
  const up = (level: number): Layer =>
    convTranspose2d({
      inChannels: c(level),
      outChannels: c(level - 1),
      kernelSize: 2,
      stride: 2,
    });
  const layers = {
    encoder1: twice(3, c(0), "enc1"),
    encoder2: twice(c(0), c(1), "enc2"),
    encoder3: twice(c(1), c(2), "enc3"),
    encoder4: twice(c(2), c(3), "enc4"),
    bottleneck: twice(c(3), c(4), "bottleneck"),
    upconv4: up(4),
    decoder4: twice(2 * c(3), c(3), "dec4"),
    upconv3: up(3),
    decoder3: twice(2 * c(2), c(2), "dec3"),
    upconv2: up(2),
    decoder2: twice(2 * c(1), c(1), "dec2"),
    upconv1: up(1),
    decoder1: twice(2 * c(0), c(0), "dec1"),
    conv: conv2d({ inChannels: c(0), outChannels: classes, kernelSize: 1 }),
    pool,
  };
  return model("unet", { image: [1, 3, size, size] }, layers, (m, { image }) => {
    const first = m.encoder1(image);
    const second = m.encoder2(m.pool(first));
    const third = m.encoder3(m.pool(second));
    const fourth = m.encoder4(m.pool(third));
    const deepest = m.bottleneck(m.pool(fourth));
    const back4 = m.decoder4(cat([m.upconv4(deepest), fourth]));
    const back3 = m.decoder3(cat([m.upconv3(back4), third]));
    const back2 = m.decoder2(cat([m.upconv2(back3), second]));
    const back1 = m.decoder1(cat([m.upconv1(back2), first]));
    return { mask: sigmoid(m.conv(back1)) };
  });
}

export default unet();
