/** Safetensors: every dtype that is read, and everything refused that the format's own reader refuses. */
import { describe, expect, it } from "vitest";
import { startBudget } from "../../../compiler/base/budget.js";
import { readSafetensors } from "../../../compiler/frontend/weights/safetensors.js";
import { problemsOf } from "../../support/problems.js";
import { safetensorsFile } from "../../support/weightFiles.js";

const bytesOf = (array: { readonly buffer: ArrayBufferLike }): Uint8Array =>
  new Uint8Array(array.buffer as ArrayBuffer);

const w = { dtype: "F32", shape: [4], data_offsets: [0, 16] };
const at = (from: number, to: number, shape = [(to - from) / 4]): object => ({
  dtype: "F32",
  shape,
  data_offsets: [from, to],
});

describe("a safetensors file", () => {
  const values = [1.5, -2, 0.25, 65504];
  it.each<readonly [string, Uint8Array]>([
    ["F64", bytesOf(Float64Array.from(values))],
    ["F32", bytesOf(Float32Array.from(values))],
    ["F16", bytesOf(Uint16Array.of(0x3e00, 0xc000, 0x3400, 0x7bff))],
    ["I64", bytesOf(BigInt64Array.of(1n, -2n, 3n, -4n))],
    ["I32", bytesOf(Int32Array.of(1, -2, 3, -4))],
  ])("of %s is read", (dtype, body) => {
    const entry = { dtype, shape: [2, 2], data_offsets: [0, body.length] };
    const read = readSafetensors(safetensorsFile({ __metadata__: { a: "b" }, w: entry }, body));
    expect([...read.keys()]).toEqual(["w"]);
    expect([...read.get("w")!.data]).toEqual(dtype.startsWith("F") ? values : [1, -2, 3, -4]);
    expect(read.get("w")!.type).toEqual({ dtype: "f32", dims: [2, 2] });
  });

  it("has bfloat16 as the upper half of an f32, and halves that are subnormal, infinite or no number", () => {
    const bfloat = safetensorsFile(
      { w: { dtype: "BF16", shape: [2], data_offsets: [0, 4] } },
      bytesOf(Uint16Array.of(0x3fc0, 0xc000)),
    );
    expect([...readSafetensors(bfloat).get("w")!.data]).toEqual([1.5, -2]);
    const half = safetensorsFile(
      { w: { dtype: "F16", shape: [4], data_offsets: [0, 8] } },
      bytesOf(Uint16Array.of(1, 0x7c00, 0x7e00, 0x8000)),
    );
    expect([...readSafetensors(half).get("w")!.data]).toEqual([2 ** -24, Infinity, NaN, -0]);
  });

  it("has entries in any order, empty ones among them, blanks around and fields of other readers", () => {
    const header = JSON.stringify({
      b: { ...at(8, 16), note: 1 },
      none: at(8, 8, [0, 7]),
      a: at(0, 8),
    });
    const read = readSafetensors(safetensorsFile(`${header}     `));
    expect([...read.keys()]).toEqual(["b", "none", "a"]);
    expect(readSafetensors(safetensorsFile("{}", new Uint8Array(0))).size).toBe(0);
  });

  it("gives what is made of it as much to spend as it is large", () => {
    const budget = startBudget();
    const before = budget.limit("foldedBytes");
    readSafetensors(safetensorsFile({ w }), budget);
    expect(budget.limit("foldedBytes")).toBeGreaterThan(before);
  });
});

describe("no safetensors file is", () => {
  const many = Object.fromEntries(Array.from({ length: 3000 }, (_, i) => [`w${i}`, w]));
  it.each<readonly [string, Uint8Array, RegExp]>([
    ["nothing", new Uint8Array(0), /0 bytes are too few/],
    ["a header longer than the file", safetensorsFile({ w }).slice(0, 20), /header claims/],
    ["a header of 2^63 bytes", new Uint8Array(8).fill(0x7f), /header claims/],
    ["no JSON", safetensorsFile("{"), /it is not JSON/],
    ["no UTF-8", safetensorsFile("{").map((b) => (b === 0x7b ? 0xff : b)), /does not begin/],
    ["a number for a table", safetensorsFile("7"), /does not begin with '\{'/],
    ["a blank before the table", safetensorsFile(` ${JSON.stringify({ w })}`), /does not begin/],
    ["a mark before the table", safetensorsFile(`\ufeff${JSON.stringify({ w })}`), /not begin/],
    [
      "values past the end",
      safetensorsFile({ w: at(0, 999, [4]) }),
      /'w': .*lie at 0 to 999 of 16/,
    ],
    ["offsets that cross", safetensorsFile({ w: at(16, 0, [4]) }), /lie at 16 to 0/],
    ["a shape that does not fit", safetensorsFile({ w: { ...w, shape: [5] } }), /are not 5 of F32/],
    ["a fraction of an element", safetensorsFile({ w: { ...w, shape: [1.5] } }), /has no dtype/],
    ["a negative dim", safetensorsFile({ w: { ...w, shape: [-2, -2] } }), /has no dtype/],
    ["a thousand dims", safetensorsFile({ w: { ...w, shape: Array(1000).fill(1) } }), /no dtype/],
    ["2^40 elements", safetensorsFile({ w: { ...w, shape: [2 ** 40] } }), /are not \d+ of F32/],
    ["a dtype that is not read", safetensorsFile({ w: { ...w, dtype: "F8" } }), /dtype F8/],
    ["two entries over the same bytes", safetensorsFile({ w, v: w }), /'v': .*within others/],
    ["3,000 of them", safetensorsFile(many), /within others that end at 16/],
    ["entries that overlap", safetensorsFile({ a: at(0, 12), b: at(8, 16) }), /'b': .*begin at 8/],
    ["a gap", safetensorsFile({ a: at(0, 4), b: at(8, 16) }), /'b': .*bytes 4 to 8 are nobody's/],
    ["a gap at the begin", safetensorsFile({ b: at(8, 16) }), /bytes 0 to 8 are nobody's/],
    [
      "bytes behind the values",
      safetensorsFile({ a: at(0, 8) }),
      /bytes 8 to 16 behind its values/,
    ],
    ["no entry, but bytes", safetensorsFile("{}"), /bytes 0 to 16 behind/],
    [
      "a name twice",
      safetensorsFile(`{"w":${JSON.stringify(w)},"\\u0077":${JSON.stringify(w)}}`),
      /key 'w' is there twice, again at character 55/,
    ],
    [
      "a field twice",
      safetensorsFile(`{"w":{"dtype":"F32","shape":[4],"shape":[4],"data_offsets":[0,16]}}`),
      /key 'shape' is there twice/,
    ],
    ["metadata of numbers", safetensorsFile({ __metadata__: { a: 1 }, w }), /__metadata__ is not/],
    ["metadata that is a list", safetensorsFile({ __metadata__: [], w }), /__metadata__ is not/],
    ["an entry called __proto__", safetensorsFile('{"__proto__":{}}'), /a key is __proto__/],
    ["a name of megabytes", safetensorsFile({ ["w".repeat(2 ** 20)]: w }), /more than 16384/],
  ])("%s", (_, bytes, message) => {
    const problems = problemsOf(() => readSafetensors(bytes));
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(/^\[bad-file\]/);
    expect(problems[0]).toMatch(message);
  });
});
