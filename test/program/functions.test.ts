/** Kernels of equal code are one function, and others are not, however little they differ. */
import { expect, it } from "vitest";
import { planModel } from "../../compiler/compile.js";
import { parseDefinition } from "../../compiler/graph/text/parse.js";
import { lowerProgram } from "../../compiler/program/lower.js";

const functionsOf = (first: string, second: string): number => {
  const text = `model m(%x: f32[4], %y: f32[4]) {
  %a = clip(%x) {${first}}
  %b = clip(%y) {${second}}
  return a = %a, b = %b
}
`;
  return lowerProgram(planModel(parseDefinition(text)).program).functions.length;
};

it.each([
  ["max=6, min=0", "max=6, min=0", 1],
  ["max=6, min=0", "max=5, min=0", 2],
  ["max=0, min=-0", "max=-0, min=0", 2],
  ["max=-0, min=-0", "max=-0, min=-0", 1],
])("clip to %s and to %s", (first, second, count) => {
  expect(functionsOf(first, second)).toBe(count);
});
