/** The builder: layers and functions with PyTorch's names, arguments and defaults, that write down a Definition. */
export * from "./activation.js";
export * from "./arithmetic.js";
export * from "./conv.js";
export { block, sequential, type Layer, type RecurrentLayer } from "./layer.js";
export { model, type InputSpec, type StateSpec } from "./model.js";
export * from "./movement.js";
export * from "./norm.js";
export type { Padding, PerDim } from "./options.js";
export * from "./pool.js";
export * from "./recurrent.js";
export * from "./reduction.js";
export * from "./resampling.js";
export { constant, type Value } from "./value.js";
