/** What schemas refuse is said in words, by every op of ours and of ONNX, whatever is wrong with an attribute. */
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { CompileError } from "../../compiler/base/error.js";
import { issueText } from "../../compiler/base/expected.js";
import { onnxOps } from "../../compiler/frontend/onnx/ops.js";
import { readAttributes } from "../../compiler/graph/typing.js";
import { ops } from "../../compiler/ops/index.js";
import type { Op } from "../../compiler/ops/op.js";

const WRONG = [-1, 0.5, NaN, 1e20, "lanczos", true, null, {}, [], [-1], [0.5], ["x"], [[]]];

/** What zod says where nobody else says anything. */
const RAW =
  /Too (small|big)|Invalid|Unrecognized|received|expected (number|int|array|string|to be)|>|</;

describe("no schema speaks for itself", () => {
  it("of our ops", () => {
    const texts = Object.values(ops).flatMap((op) =>
      Object.keys(op.attributes.shape).flatMap((name) =>
        WRONG.flatMap((value) => {
          try {
            readAttributes(op as unknown as Op, { [name]: value });
            return [];
          } catch (error) {
            return (error as CompileError).problems.map(({ message }) => message);
          }
        }),
      ),
    );
    expect(texts.length).toBeGreaterThan(500);
    expect(texts.filter((text) => RAW.test(text))).toEqual([]);
  });

  it("of ONNX's", () => {
    const texts = Object.values(onnxOps).flatMap(({ schema }) =>
      Object.keys(schema.shape).flatMap((name) =>
        WRONG.flatMap((value) => {
          const given = { [name]: value };
          const { error } = schema.safeParse(given);
          return error?.issues.map((issue) => issueText(issue, given)) ?? [];
        }),
      ),
    );
    expect(texts.length).toBeGreaterThan(500);
    expect(texts.filter((text) => RAW.test(text))).toEqual([]);
  });
});

describe("what was expected", () => {
  const schema = z.strictObject({
    count: z.int().min(0).max(9),
    sizes: z.array(z.number().positive()).min(2).optional(),
    mode: z.enum(["nearest", "linear"]).default("linear"),
    either: z.union([z.literal(0), z.literal(1), z.string()]).optional(),
    even: z
      .custom<number>((value) => Number(value) % 2 === 0, "expected an even number")
      .optional(),
  });
  it.each([
    [{ count: -1 }, "count: expected at least 0, not -1"],
    [{ count: 10 }, "count: expected at most 9, not 10"],
    [{ count: 0.5 }, "count: expected a whole number, not 0.5"],
    [{}, "count: expected a number, which is missing"],
    [{ count: 1, sizes: [1] }, "sizes: expected at least 2 elements, not a list"],
    [{ count: 1, sizes: [1, 0] }, "sizes[1]: expected more than 0, not 0"],
    [{ count: 1, mode: "cubic" }, 'mode: expected "nearest" or "linear", not "cubic"'],
    [{ count: 1, either: 2 }, "either: expected 0 or 1 or a text, not 2"],
    [{ count: 1, even: 3 }, "even: expected an even number"],
    [{ count: 1, odd: 3 }, 'expected no "odd"'],
  ])("of %j", (given, text) => {
    const { error } = schema.safeParse(given);
    expect(error!.issues.map((issue) => issueText(issue, given))).toEqual([text]);
  });

  it("is said of fields by the names that their file has for them", () => {
    const given = { count: -1 };
    const [issue] = schema.safeParse(given).error!.issues;
    expect(issueText(issue!, given, (field) => `the_${field}`)).toMatch(/^the_count: /);
  });
});
