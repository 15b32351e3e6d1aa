/** The two modules that torchvision's mobile networks share: Conv2dNormActivation and SqueezeExcitation. */
import {
  adaptiveAvgPool2d,
  batchNorm2d,
  block,
  conv2d,
  mul,
  sequential,
  type Layer,
} from "tilewright";

export interface ConvNormActivation {
  readonly inChannels: number;
  readonly outChannels: number;
  readonly kernelSize?: number;
  readonly stride?: number;
  readonly groups?: number;
  readonly eps?: number;
  /** None where it is left out. */
  readonly activation?: Layer | undefined;
}

/** Convolution without bias, padded so that stride 1 keeps the size, batch norm, activation. */
export function convNormActivation({
  inChannels,
  outChannels,
  kernelSize = 3,
  stride = 1,
  groups = 1,
  eps = 1e-5,
  activation,
}: ConvNormActivation): Layer {
  const padding = (kernelSize - 1) / 2;
  return sequential([
    conv2d({ inChannels, outChannels, kernelSize, stride, padding, groups, bias: false }),
    batchNorm2d({ numFeatures: outChannels, eps }),
    ...(activation === undefined ? [] : [activation]),
  ] as readonly Layer[]);
}

/** Scales every channel by what two 1×1 convolutions make of all channels' means (Hu et al. 2017). */
export function squeezeExcitation(
  channels: number,
  squeezed: number,
  activation: Layer,
  scaleActivation: Layer,
): Layer {
  return block(
    {
      avgpool: adaptiveAvgPool2d(1),
      fc1: conv2d({ inChannels: channels, outChannels: squeezed, kernelSize: 1 }),
      activation,
      fc2: conv2d({ inChannels: squeezed, outChannels: channels, kernelSize: 1 }),
      scaleActivation,
    },
    (m, x) => mul(x, m.scaleActivation(m.fc2(m.activation(m.fc1(m.avgpool(x)))))),
  );
}
