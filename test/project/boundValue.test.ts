/** Inputs that are bound to numbers as they are written. */
import { describe, expect, it } from "vitest";
import { tensor } from "../../compiler/base/tensor.js";
import { boundValue, type KnownInput } from "../../compiler/project/boundValue.js";
import { openFiles } from "../../compiler/project/files.js";
import { isNumbers } from "../../compiler/project/given.js";

describe("what is written", () => {
  it.each(["16000", "-1", "+0.5", ".5", "5.", "1e-3", "1,2,-3.5", "true", "false"])(
    "is a value: %s",
    (text) => expect(isNumbers(text)).toBe(true),
  );
  it.each(["x.npy", "./16000", "1,", "1 2", "0x10", "1e", "true,false", "NaN", "", "1.npy", "e5"])(
    "is a path: %j",
    (text) => expect(isNumbers(text)).toBe(false),
  );
});

describe("numbers", () => {
  const bind = (text: string, input: KnownInput) => boundValue(text, input, openFiles());
  it.each<[string, KnownInput, ReturnType<typeof tensor>]>([
    ["16000", { name: "sr", dtype: "i64", dims: [] }, tensor("i64", [], [16000])],
    ["16000", { name: "sr", dtype: "i64", dims: [1] }, tensor("i64", [1], [16000])],
    ["0.5", { name: "t", dtype: "f32", dims: ["N", 1] }, tensor("f32", [1, 1], [0.5])],
    ["0.5", { name: "t", dtype: "f32", dims: ["N", "M"] }, tensor("f32", [1, 1], [0.5])],
    ["1,2,3,4", { name: "t", dtype: "i32", dims: ["N", 2] }, tensor("i32", [2, 2], [1, 2, 3, 4])],
    ["true", { name: "c", dtype: "bool", dims: [1] }, tensor("bool", [1], [1])],
    ["7", { name: "t", dtype: "f32" }, tensor("f32", [], [7])],
    ["7,8", { name: "t" }, tensor("f32", [2], [7, 8])],
  ])("%s become what the input is", (text, input, value) =>
    expect(bind(text, input)).toEqual(value),
  );

  it.each<[string, KnownInput, string]>([
    ["0.5", { name: "n", dtype: "i64", dims: [] }, "--bind n=0.5: 0.5 is not a value of i64"],
    ["300", { name: "n", dtype: "u8", dims: [] }, "300 is not a value of u8"],
    ["1,2", { name: "n", dtype: "f32", dims: [3] }, "are 2 numbers, the input is f32[3]"],
    ["1,2,3", { name: "n", dtype: "f32", dims: ["N", 2] }, "are 3 numbers, the input is f32[N,2]"],
  ])("%s are refused where they cannot be that", (text, input, message) =>
    expect(() => bind(text, input)).toThrow(message),
  );
});
