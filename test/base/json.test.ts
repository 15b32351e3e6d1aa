/** JSON of strangers: each key once, however it is written and however deep. */
import { describe, expect, it } from "vitest";
import { parseJson } from "../../compiler/base/json.js";

const read = (text: string): unknown => parseJson(new TextEncoder().encode(text));

describe("JSON of strangers", () => {
  it.each([
    '{"a": 1, "b": {"a": [{"a": "a"}, {"a": "\\"a\\":"}]}}',
    '{"a:": "b", "b": "a:", "c": ["a", "a"]}',
    '["a", "a", {"": 1, " ": 2}]',
    '{"\\\\": 1, "\\"": 2, "\\\\\\"": 3}',
    "7",
    '"a"',
  ])("is read: %s", (text) => {
    expect(read(text)).toEqual(JSON.parse(text));
  });

  it.each([
    ['{"a": 1, "a": 2}', "key 'a' is there twice, again at character 9"],
    ['{"a": 1, "b": {"c": 1, "\\u0063" \n : 2}}', "key 'c' is there twice, again at character 23"],
    ['[{"a": {}, "b": [], "a": {}}]', "key 'a' is there twice"],
    ['{"": 1, "": 2}', "key '' is there twice"],
    ['{"a": {"__proto__": 1}}', "a key is __proto__ at character 7"],
    ['{"\\u005f_proto__": 1}', "a key is __proto__"],
    ["{", "it is not JSON"],
    ["", "it is not JSON"],
    ["{} {}", "it is not JSON"],
    ["\ufeff{}", "it is not JSON"],
  ])("is refused: %s", (text, words) => {
    expect(() => read(text)).toThrow(words);
  });

  it("is refused where it is no UTF-8, and shows little of a long key", () => {
    expect(() => parseJson(Uint8Array.of(0x22, 0xff, 0x22))).toThrow("it is not UTF-8");
    const key = `"${"k".repeat(100_000)}"`;
    expect(() => read(`{${key}:1,${key}:1}`)).toThrow(/^key 'k{100}…' is there twice/);
  });

  it("does not run out of stack", () => {
    const deep = 200_000;
    const text = `${'{"a":'.repeat(deep)}1${"}".repeat(deep)}`;
    const level = read(text) as { readonly a: unknown };
    expect(typeof level.a).toBe("object");
    expect(() => read(`[${text},{"a":1,"a":2}]`)).toThrow("is there twice");
  });
});
