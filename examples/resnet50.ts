/** ResNet-50. */
import type { NetworkOptions } from "./options.js";
import { resnet } from "./resnet.js";

export const resnet50 = (options?: NetworkOptions) =>
  resnet("resnet50", [3, 4, 6, 3], "bottleneck", options);

export default resnet50();
