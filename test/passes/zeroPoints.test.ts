/** Passes keep what convolutions of bytes take from their operand: a zero point is no padding of zeros, and no default. */
import { expect, it } from "vitest";
import { evaluateGraph } from "../../compiler/graph/evaluate.js";
import { parseDefinition } from "../../compiler/graph/text/parse.js";
import { inferShapes } from "../../compiler/infer/inferShapes.js";
import { tensor } from "../../compiler/base/tensor.js";
import { runPasses } from "../../compiler/passes/index.js";

const MODELS: Readonly<Record<string, readonly [nodes: string, weights: string]>> = {
  "a product over channels": ["%y = conv(%q, @w) {zero=255}", "2,3,1,1"],
  "taps that all read padding": [
    "%y = conv(%q, @w) {zero=7, pads=[4,4,4,4], dilations=[4,4]}",
    "2,3,3,3",
  ],
  "padding with other values": [
    "%p = pad(%q) {pads=[0,0,1,1,0,0,1,1]}\n  %y = conv(%p, @w) {zero=9}",
    "2,3,3,3",
  ],
  "padding with the zero point": [
    "%p = pad(%q) {pads=[0,0,1,1,0,0,1,1], value=9}\n  %y = conv(%p, @w) {zero=9}",
    "2,3,3,3",
  ],
};

it.each(Object.entries(MODELS))("%s", (_, [nodes, weights]) => {
  const graph = inferShapes(
    parseDefinition(`model zeros(%x: f32[1,3,4,4]) {
  %q = cast(%x) {to="u8"}
  ${nodes}
  return y = %y
}
@w : i8[${weights}] = seed 1 center 0 spread 100
`),
  );
  const after = runPasses(graph);
  const x = tensor(
    "f32",
    [1, 3, 4, 4],
    Array.from({ length: 48 }, (_, i) => (i * 37) % 256),
  );
  const value = (of: typeof graph) => {
    const { data } = evaluateGraph(of, new Map([["x", x]])).get("%y")!;
    return [...(data as Int32Array)];
  };
  expect(value(after)).toEqual(value(graph));
});
