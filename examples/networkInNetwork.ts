/** Network in Network for CIFAR-10 (Lin et al. 2013): 1×1 convolutions are a perceptron at every position. */
import {
  avgPool2d,
  conv2d,
  dropout,
  flatten,
  globalAvgPool,
  maxPool2d,
  model,
  relu,
  sequential,
} from "tilewright";
import { scaled, type NetworkOptions } from "./options.js";

export function networkInNetwork({ width = 1, size = 32, classes = 10 }: NetworkOptions = {}) {
  const c = (channels: number): number => scaled(channels, width);
  const conv = (inChannels: number, outChannels: number, kernelSize: number, padding: number) =>
    conv2d({ inChannels, outChannels, kernelSize, padding });
  const network = sequential([
    conv(3, c(192), 5, 2),
    relu(),
    conv(c(192), c(160), 1, 0),
    relu(),
    conv(c(160), c(96), 1, 0),
    relu(),
    maxPool2d({ kernelSize: 3, stride: 2, padding: 1 }),
    dropout(),
    conv(c(96), c(192), 5, 2),
    relu(),
    conv(c(192), c(192), 1, 0),
    relu(),
    conv(c(192), c(192), 1, 0),
    relu(),
    avgPool2d({ kernelSize: 3, stride: 2, padding: 1 }),
    dropout(),
    conv(c(192), c(192), 3, 1),
    relu(),
    conv(c(192), c(192), 1, 0),
    relu(),
    conv(c(192), classes, 1, 0),
    relu(),
    globalAvgPool(),
    flatten(),
  ]);
  return model("network_in_network", { image: [1, 3, size, size] }, network);
}

export default networkInNetwork();
