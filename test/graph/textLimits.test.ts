/** Texts that are larger than any network: the same limits as ONNX files have, and coded errors past them. */
import { describe, expect, it } from "vitest";
import { startBudget, type Limits } from "../../compiler/base/budget.js";
import { parseText } from "../../compiler/graph/text/parse.js";
import { problemsOf } from "../support/problems.js";

describe("a text that is too large", () => {
  const read = (text: string, limits: Partial<Limits> = {}): string => {
    const budget = startBudget(limits);
    return problemsOf(() => parseText(text, budget)).join();
  };
  const nodes = (count: number, operands = "%x"): string =>
    `model m(%x: f32[1]) {\n${`  %y = concat(${operands})\n`.repeat(count)}  return y = %y\n}\n`;

  it("has too many nodes, inputs, outputs and operands", () => {
    expect(read(nodes(49), { nodes: 100 })).toBe("");
    const words =
      "[over-budget] concat 'y': the model takes 101 nodes, inputs, outputs and operands";
    expect(read(nodes(50), { nodes: 100 })).toContain(words);
    expect(read(nodes(1, Array(99).fill("%x").join()), { nodes: 100 })).toContain(
      "takes 101 nodes",
    );
    expect(read(`model m(${"%x: f32[1],".repeat(100)} %x: f32[1]) {`, { nodes: 100 })).toContain(
      "takes 101 nodes",
    );
    const outputs = "y = %x, ".repeat(100);
    expect(read(`model m() { return ${outputs} y = %x }`, { nodes: 100 })).toContain("101 nodes");
  });

  it("has too many words, wherever they are", () => {
    const ones = "1,".repeat(2 ** 20);
    for (const text of [
      `model m(%x: f32[${ones}1]) {`,
      `model m() { %y = f() {a=[${ones}1]}`,
      `model m() { %y = f() {a=[${'"1",'.repeat(2 ** 20)}"1"]}`,
      `model m() { return } @a : f32[${ones}1] = [1]`,
    ])
      expect(read(text)).toContain("[too-large] the text has more than 1048576 names");
    expect(read(`model m() { return y = @a } @a : u8[${2 ** 20 + 1}] = [${ones}1]`)).toBe("");
  });

  it("has words of more characters than names have", () => {
    const long = "n".repeat(2 ** 14 + 1);
    const message = "[too-large] line 2:1: a word of 16385 characters: the most is 16384";
    for (const word of [long, `%${long}`, `"${long}"`, `@"${long}"`, long.replace(/n/g, "1")])
      expect(read(`model m(\n${word}`)).toBe(message);
    expect(read(`model ${long.slice(1)}() { return y = @a } @a : u8[] = [1]`)).toBe("");
  });

  it("claims more values than it has characters", () => {
    const message = "[syntax] line 1:51: expected 536870911 values, found 2";
    expect(read("model m() { return y = @a } @a : f32[536870911] = [1, 2]")).toBe(message);
  });
});
