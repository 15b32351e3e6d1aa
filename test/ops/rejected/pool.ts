/** What pools refuse. */
import type { Rejected } from "./rejected.js";

export const pool: Rejected = [
  ["lpPool", "i32[1,2,3]", { kernel: [2] }, "type-mismatch", "x is i32[1,2,3], expected f32"],
  ["lpPool", "f32[1,2,3]", { kernel: [4] }, "shape-mismatch", "the kernel spans 4"],
  ["maxPool", "f32[1,3,8,8]", { kernel: [2] }, "bad-attribute", "kernel has 1 numbers, expected 2"],
  ["maxPool", "bool[1,3,8]", { kernel: [2] }, "type-mismatch", "x is bool[1,3,8]"],
  ["maxPool", "f32[1,3,2]", { kernel: [3] }, "shape-mismatch", "the kernel spans 3, but x has 2"],
  [
    "maxPool",
    "f32[1,3,8]",
    { kernel: [2], pads: [2, 0] },
    "bad-attribute",
    "the window of output 0 lies in the padding (2 + 0) alone",
  ],
  ["averagePool", "i32[1,3,8]", { kernel: [2] }, "type-mismatch", "x is i32[1,3,8], expected f32"],
  ["globalAveragePool", "f32[1,3]", {}, "shape-mismatch", "x is f32[1,3], expected [n, c]"],
  [
    "adaptiveMaxPool",
    "f32[1,3,8,8]",
    { outputSize: [2] },
    "bad-attribute",
    "outputSize has 1 numbers, expected 2",
  ],
  [
    "adaptiveMaxPool",
    "f32[1,3,1000]",
    { outputSize: [2 ** 24] },
    "too-large",
    "1000 elements to 16777216",
  ],
];
