/** Networks that make pictures or film their input: U-Net, ESPCN's pixel shuffle, convolutions over time. */
import { conv2d, model, pixelShuffle, sequential, tanh } from "tilewright";
import { r3d18 } from "../../../examples/r3d18.js";
import { unet } from "../../../examples/unet.js";
import { lazyCase } from "../convolutions.js";
import type { MakeCase } from "../peer.js";

/** Three times the height and width of one channel (Shi et al. 2016). */
function espcn(size: number) {
  const conv = (inChannels: number, outChannels: number, kernelSize: number) =>
    conv2d({ inChannels, outChannels, kernelSize, padding: (kernelSize - 1) / 2 });
  const layers = {
    body: sequential([conv(1, 64, 5), tanh(), conv(64, 32, 3), tanh(), conv(32, 9, 3)]),
  };
  return model("espcn", { luma: [1, 1, size, size] }, layers, (m, { luma }) => ({
    enlarged: pixelShuffle(m.body(luma), 3),
  }));
}

export const pictures: readonly MakeCase[] = [
  lazyCase("U-Net 128²", () => unet({ size: 128 })),
  lazyCase("ESPCN 224² by 3", () => espcn(224)),
  lazyCase("R3D-18 half as wide, 8 frames of 56²", () =>
    r3d18({ width: 0.5, size: 56, frames: 8 }),
  ),
];
