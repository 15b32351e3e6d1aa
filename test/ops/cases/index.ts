/** Every op case, by op: also what other tests run their kernels on. */
import { tensor } from "../../../compiler/base/tensor.js";
import { alongAxisCases } from "./alongAxis.js";
import { detectionCases } from "./detection.js";
import { col2imCases, deformCases } from "./columns.js";
import { einsumCases } from "./einsum.js";
import { gridSampleCases } from "./gridSample.js";
import { movementCases } from "./movement.js";
import { normalizeCases } from "./normalize.js";
import { random, type OpCase } from "./opCase.js";
import { padCases } from "./pad.js";
import { shuffleCases } from "./pixelShuffle.js";
import { pointwiseCases } from "./pointwise.js";
import { poolCases } from "./pool.js";
import { recurrentCases } from "./recurrent.js";
import { reduceCases } from "./reductions.js";
import { resampleCases } from "./resample.js";
import { resizeCases } from "./resize.js";
import { roiAlignCases } from "./roiAlign.js";
import { selectionCases } from "./selection.js";
import { windowCases } from "./window.js";

export type { OpCase } from "./opCase.js";

const x = random([2, 3, 4], 41);
const shapeCases: Readonly<Record<string, readonly OpCase[]>> = {
  shape: [
    { title: "all", inputs: [x], expected: tensor("i64", [3], [2, 3, 4]) },
    {
      title: "from the second",
      inputs: [x],
      attributes: { start: 1 },
      expected: tensor("i64", [2], [3, 4]),
    },
    {
      title: "but the last",
      inputs: [x],
      attributes: { start: -2, end: -1 },
      expected: tensor("i64", [1], [3]),
    },
    {
      title: "beyond both ends",
      inputs: [x],
      attributes: { start: -9, end: 9 },
      expected: tensor("i64", [3], [2, 3, 4]),
    },
  ],
  size: [
    { title: "24", inputs: [x], expected: tensor("i64", [], [24]) },
    { title: "a scalar", inputs: [random([], 42)], expected: tensor("i64", [], [1]) },
  ],
};

export const cases: Readonly<Record<string, readonly OpCase[]>> = {
  ...shapeCases,
  ...pointwiseCases,
  ...reduceCases,
  ...alongAxisCases,
  ...recurrentCases,
  ...movementCases,
  ...windowCases,
  ...poolCases,
  ...normalizeCases,
  pad: padCases,
  resize: resizeCases,
  resample: resampleCases,
  ...shuffleCases,
  ...selectionCases,
  ...detectionCases,
  gridSample: gridSampleCases,
  roiAlign: roiAlignCases,
  col2im: col2imCases,
  deformColumns: deformCases,
  einsum: einsumCases,
};
