/** ONNX files that are broken, that lie, or that never end, each with the code of the error that refuses it. */
import { broken } from "./broken.js";
import type { HostileModel } from "./hostileModel.js";
import { huge } from "./huge.js";
import { wrong } from "./wrong.js";

export const hostileModels: readonly HostileModel[] = [...broken, ...huge, ...wrong];

export { nestedBranches } from "./broken.js";
export { externalTensor } from "./hostileModel.js";
