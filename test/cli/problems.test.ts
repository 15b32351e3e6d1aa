/** What is thrown at the command and is no bug of Tilewright, and what is one. */
import { expect, it } from "vitest";
import { problemsOf } from "../../compiler/cli/problems.js";
import { CompileError, formatProblem } from "../../compiler/base/error.js";

const thrownBy = (act: () => unknown): unknown => {
  try {
    return act();
  } catch (error) {
    return error;
  }
};

const overflow = (): number => overflow() + 1;

it.each<readonly [string, () => unknown, string]>([
  ["a stack that ends", overflow, "nested deeper than the stack"],
  ["too large an array", () => new Float32Array(2 ** 52), "not enough memory"],
  ["too large a buffer", () => new ArrayBuffer(2 ** 52), "not enough memory"],
  ["too long a text", () => "x".repeat(2 ** 29).repeat(4), "longer than the engine can hold"],
])("%s is too much for the process", (_, act, words) => {
  const problems = problemsOf(thrownBy(act));
  expect(problems.map(({ code }) => code)).toEqual(["too-large"]);
  expect(problems[0]!.message).toContain(words);
});

it("what is anything else is a bug", () => {
  for (const error of [
    new TypeError("x is undefined"),
    new RangeError("3 is not in 0 … 2"),
    "x",
    undefined,
  ])
    expect(problemsOf(error)).toEqual([]);
});

it("texts are bounded, whatever is in a problem", () => {
  const long = "🙂".repeat(100_000);
  const problem = { code: "usage", message: long, node: long, op: long, hint: long } as const;
  const text = formatProblem({ ...problem, nodes: [long, long, long, long] });
  expect(text.length).toBeLessThan(2500);
  expect(text).not.toMatch(/\p{Surrogate}/u);
  const { message } = new CompileError(Array.from({ length: 1000 }, () => problem));
  expect(message.length).toBeLessThan(250_000);
  expect(message).toMatch(/\nand 900 more problems$/);
});
