/** LeNet-5, trained on handwritten digits; digits.tilewright.json beside it names its weights. */
import { conv2d, flatten, linear, maxPool2d, model, relu } from "tilewright";

export default model(
  "lenet5",
  { image: [1, 1, 28, 28] },
  {
    conv1: conv2d({ inChannels: 1, outChannels: 6, kernelSize: 5, padding: 2 }),
    conv2: conv2d({ inChannels: 6, outChannels: 16, kernelSize: 5 }),
    conv3: conv2d({ inChannels: 16, outChannels: 120, kernelSize: 5 }),
    fc1: linear({ inFeatures: 120, outFeatures: 84 }),
    fc2: linear({ inFeatures: 84, outFeatures: 10 }),
    pool: maxPool2d({ kernelSize: 2 }),
  },
  (m, { image }) => {
    const first = m.pool(relu(m.conv1(image)));
    const second = m.pool(relu(m.conv2(first)));
    const features = flatten(relu(m.conv3(second)));
    return { logits: m.fc2(relu(m.fc1(features))) };
  },
);
