/** Results interpreted: small pure functions of arrays, each in a file of its own, so that bundlers take what is used. */
export { centresOf, cornersOf, decodeSsd, pick } from "./boxes.js";
export type { Detections } from "./boxes.js";
export { ctcGreedy } from "./ctc.js";
export type { CtcOptions, CtcResult } from "./ctc.js";
export { argMaxMask, colourMask, resizeMask } from "./mask.js";
export type { Colour, MaskOptions } from "./mask.js";
export { sigmoid, softmax } from "./softmax.js";
export { boxesInSource, pointsInSource } from "./source.js";
export type { FitOptions, Size } from "./source.js";
export { intersectionOverUnion, nonMaximumSuppression } from "./suppression.js";
export type { Candidates, SuppressionOptions } from "./suppression.js";
export { topK } from "./topK.js";
export type { Ranked, RankedLabel } from "./topK.js";
export { decodeYolo } from "./yolo.js";
export type { YoloOptions } from "./yolo.js";
