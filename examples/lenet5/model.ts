/** LeNet-5 on 28×28 digits, the classic shape: [conv, ReLU, pool] × 2, conv, then two linear layers. */
import { conv2d, flatten, linear, maxPool2d, model, relu } from "tilewright";
import { scaled, type NetworkOptions } from "../options.js";

export function lenet5({ width = 1, size = 28, classes = 10 }: NetworkOptions = {}) {
  const c = (channels: number): number => scaled(channels, width);
  return model(
    "lenet5",
    { image: [1, 1, size, size] },
    {
      conv1: conv2d({ inChannels: 1, outChannels: c(6), kernelSize: 5, padding: 2 }),
      conv2: conv2d({ inChannels: c(6), outChannels: c(16), kernelSize: 5 }),
      conv3: conv2d({ inChannels: c(16), outChannels: c(120), kernelSize: 5 }),
      fc1: linear({ inFeatures: c(120), outFeatures: c(84) }),
      fc2: linear({ inFeatures: c(84), outFeatures: classes }),
      pool1: maxPool2d({ kernelSize: 2 }),
      pool2: maxPool2d({ kernelSize: 2 }),
    },
    (m, { image }) => {
      const first = m.pool1(relu(m.conv1(image)));
      const second = m.pool2(relu(m.conv2(first)));
      const features = flatten(relu(m.conv3(second)));
      return { logits: m.fc2(relu(m.fc1(features))) };
    },
  );
}

export default lenet5();
