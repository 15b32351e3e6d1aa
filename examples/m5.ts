/** M5 for spoken words (Dai et al. 2016) as PyTorch's audio tutorial defines it: 1-D convolutions on the waveform. */
import {
  adaptiveAvgPool1d,
  batchNorm1d,
  conv1d,
  linear,
  logSoftmax,
  maxPool1d,
  model,
  permute,
  relu,
} from "tilewright";
import { scaled, type NetworkOptions } from "./options.js";

export function m5({ width = 1, size = 8000, classes = 35 }: NetworkOptions = {}) {
  const c = scaled(32, width);
  const layers = {
    conv1: conv1d({ inChannels: 1, outChannels: c, kernelSize: 80, stride: 16 }),
    bn1: batchNorm1d({ numFeatures: c }),
    pool1: maxPool1d({ kernelSize: 4 }),
    conv2: conv1d({ inChannels: c, outChannels: c, kernelSize: 3 }),
    bn2: batchNorm1d({ numFeatures: c }),
    pool2: maxPool1d({ kernelSize: 4 }),
    conv3: conv1d({ inChannels: c, outChannels: 2 * c, kernelSize: 3 }),
    bn3: batchNorm1d({ numFeatures: 2 * c }),
    pool3: maxPool1d({ kernelSize: 4 }),
    conv4: conv1d({ inChannels: 2 * c, outChannels: 2 * c, kernelSize: 3 }),
    bn4: batchNorm1d({ numFeatures: 2 * c }),
    pool4: maxPool1d({ kernelSize: 4 }),
    average: adaptiveAvgPool1d(1),
    fc1: linear({ inFeatures: 2 * c, outFeatures: classes }),
  };
  return model("m5", { waveform: [1, 1, size] }, layers, (m, { waveform }) => {
    const first = m.pool1(relu(m.bn1(m.conv1(waveform))));
    const second = m.pool2(relu(m.bn2(m.conv2(first))));
    const third = m.pool3(relu(m.bn3(m.conv3(second))));
    const fourth = m.pool4(relu(m.bn4(m.conv4(third))));
    const features = permute(m.average(fourth), [0, 2, 1]);
    return { logProbabilities: logSoftmax(m.fc1(features), { dim: 2 }) };
  });
}

export default m5();
