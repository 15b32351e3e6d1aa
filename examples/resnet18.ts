/** ResNet-18. */
import type { NetworkOptions } from "./options.js";
import { resnet } from "./resnet.js";

export const resnet18 = (options?: NetworkOptions) =>
  resnet("resnet18", [2, 2, 2, 2], "basic", options);

export default resnet18();
