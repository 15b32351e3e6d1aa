/** All example networks in one list, which tests and benchmarks go through. */
import type { Definition } from "tilewright";
import { alexnet } from "./alexnet.js";
import { densenet121 } from "./densenet121.js";
import { efficientnetB0 } from "./efficientnetB0.js";
import { googlenet } from "./googlenet.js";
import { lenet5 } from "./lenet5/model.js";
import { m5 } from "./m5.js";
import { mobilenetV2 } from "./mobilenetV2.js";
import { mobilenetV3Small } from "./mobilenetV3Small.js";
import { networkInNetwork } from "./networkInNetwork.js";
import type { NetworkOptions } from "./options.js";
import { r3d18, type VideoOptions } from "./r3d18.js";
import { resnet18 } from "./resnet18.js";
import { resnet50 } from "./resnet50.js";
import { shufflenetV2 } from "./shufflenetV2.js";
import { squeezenet1_1 } from "./squeezenet1_1.js";
import { unet } from "./unet.js";
import { vgg11 } from "./vgg11.js";

export interface ExampleNetwork {
  /** Of its definition; torchvision's where it is one of torchvision's. */
  readonly name: string;
  /** From this folder; its default export is the full network. */
  readonly file: string;
  /** The full network, or what the options ask for. */
  readonly create: (options?: VideoOptions) => Definition;
  /** A quarter of the width and about the smallest input that still has pixels to work on in the last layer. */
  readonly small: VideoOptions;
}

function example(
  name: string,
  file: string,
  create: (options?: NetworkOptions) => Definition,
  small: VideoOptions,
): ExampleNetwork {
  return { name, file, create, small: { width: 0.25, ...small } };
}

export const networks: readonly ExampleNetwork[] = [
  example("lenet5", "lenet5/model.ts", lenet5, { size: 28 }),
  example("alexnet", "alexnet.ts", alexnet, { size: 63 }),
  example("network_in_network", "networkInNetwork.ts", networkInNetwork, { size: 9 }),
  example("vgg11", "vgg11.ts", vgg11, { size: 32 }),
  example("squeezenet1_1", "squeezenet1_1.ts", squeezenet1_1, { size: 40 }),
  example("googlenet", "googlenet.ts", googlenet, { size: 33 }),
  example("resnet18", "resnet18.ts", resnet18, { size: 33 }),
  example("resnet50", "resnet50.ts", resnet50, { size: 33 }),
  example("mobilenet_v2", "mobilenetV2.ts", mobilenetV2, { size: 33 }),
  example("mobilenet_v3_small", "mobilenetV3Small.ts", mobilenetV3Small, { size: 33 }),
  example("shufflenet_v2_x1_0", "shufflenetV2.ts", shufflenetV2, { size: 33 }),
  example("efficientnet_b0", "efficientnetB0.ts", efficientnetB0, { size: 65 }),
  example("densenet121", "densenet121.ts", densenet121, { size: 33 }),
  example("unet", "unet.ts", unet, { size: 16 }),
  example("m5", "m5.ts", m5, { size: 6848 }),
  example("r3d_18", "r3d18.ts", r3d18, { size: 11, frames: 3 }),
];
