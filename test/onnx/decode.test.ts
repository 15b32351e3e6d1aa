/** Bytes that are no model, or a wrong one: each a coded error, soon. */
import { describe, expect, it } from "vitest";
import { CompileError } from "../../compiler/base/error.js";
import { readOnnx } from "../../compiler/frontend/onnx/import.js";
import { decodeModel, decodeTensor } from "../../compiler/onnx/decode.js";
import { readTensorProto } from "../../compiler/frontend/onnx/importTensor.js";
import { tensor } from "../../compiler/base/tensor.js";
import { generator } from "../ops/cases/opCase.js";
import { nestedBranches } from "../support/hostileModels/index.js";
import { encodeMessage, onnxModel, type OnnxText } from "../support/onnxModel.js";
import { problemsOf } from "../support/problems.js";
import { expectWithin, processorMs } from "../support/timeLimits.js";

const graph: OnnxText = {
  inputs: { x: "f32[2,3]" },
  initializers: { w: tensor("f32", [3], [1, 2, 3]) },
  nodes: [{ op: "Add", in: ["x", "w"], out: ["y"] }],
  outputs: { y: "f32[2,3]" },
};
const model = onnxModel(graph);

/** The codes of what is wrong; a crash throws. */
function codes(bytes: Uint8Array): readonly string[] {
  try {
    readOnnx(bytes);
    return [];
  } catch (error) {
    if (error instanceof CompileError) return error.problems.map(({ code }) => code);
    throw error;
  }
}

describe("files", () => {
  it("that are cut off anywhere are refused, or are what is left of them", () => {
    for (let length = 0; length < model.length; length++) {
      const found = codes(model.subarray(0, length));
      if (length < model.length - 8) expect(found, `${length} bytes`).not.toEqual([]);
    }
  });

  it("of random bytes are refused", () => {
    const next = generator(1);
    for (let round = 0; round < 2000; round++) {
      const length = 1 + Math.floor(next() * 200);
      expect(codes(Uint8Array.from({ length }, () => next() * 256))).not.toEqual([]);
    }
  });

  it("with a changed byte are read or refused", () => {
    for (let at = 0; at < model.length; at++) {
      for (const bit of [1, 2, 8, 128]) {
        const changed = model.slice();
        changed[at]! ^= bit;
        codes(changed);
      }
    }
  });

  it("with a field of another wire type are refused", () => {
    // The graph (field 7) as a varint, a fixed32 and a group.
    for (const wire of [0, 1, 3, 5]) {
      expect(codes(new Uint8Array([(7 << 3) | wire, 1, 0, 0, 0, 0, 0, 0, 0]))).toEqual([
        "bad-file",
      ]);
    }
  });

  it("of messages inside messages without end are refused", async () => {
    const nested = nestedBranches(10_000);
    let found: readonly string[] = [];
    await expectWithin(1000, () => processorMs(() => (found = codes(nested))));
    expect(found).toEqual(["too-large"]);
  });
});

/** 21 bits are enough for all numbers here. */
const varint = (value: number): number[] => [
  (value & 127) | 128,
  ((value >> 7) & 127) | 128,
  value >> 14,
];

/** A field of a message: its number, and its bytes. */
const field = (id: number, ...bytes: readonly number[]): number[] => [
  ...varint((id << 3) | 2),
  ...varint(bytes.length),
  ...bytes,
];

describe("names", () => {
  /** A model whose graph is called so. */
  const called = (bytes: readonly number[]): Uint8Array =>
    Uint8Array.from([...field(7, ...field(2, ...bytes))]);
  const problem = (bytes: Uint8Array): string => problemsOf(() => decodeModel(bytes)).join();

  it("of bytes that are no UTF-8 are refused: two could become one", () => {
    expect(problem(called([0x61, 0xff]))).toContain("it has a name that is not UTF-8");
    expect(decodeModel(called([0xef, 0xbb, 0xbf, 0x61])).graph!.name).toBe("\ufeffa");
  });

  it("of more bytes than any has are refused", () => {
    const name = new Array<number>(2 ** 14).fill(0x61);
    expect(problem(Uint8Array.from(field(2, ...name)))).toBe("");
    expect(problem(Uint8Array.from(field(2, ...name.slice(2), ...[0xc3, 0xa9, 0x61])))).toContain(
      "[too-large] the file has a name of 16385 bytes",
    );
  });
});

describe("fields", () => {
  it("that are unknown are left out, and of several of one number the last counts", () => {
    const bytes = Uint8Array.from([...field(1000, 1, 2), ...field(2, 97), ...field(2, 98)]);
    expect(decodeModel(bytes)).toMatchObject({ producerName: "b", graph: undefined });
  });

  it("that are groups are refused, however deep", () => {
    const groups = new Uint8Array(1_000_000).fill((14 << 3) | 3);
    expect(problemsOf(() => decodeModel(groups)).join()).toContain("it has a group");
  });

  it("of more than a million are refused", () => {
    const nodes = new Uint8Array(2 ** 21 + 4);
    for (let i = 0; i < nodes.length; i += 2) nodes[i] = (8 << 3) | 2;
    expect(problemsOf(() => decodeModel(nodes)).join()).toContain("more than 1048576 fields");
  });
});

const read = (message: object) =>
  readTensorProto(decodeTensor(encodeMessage("TensorProto", message)));

describe("tensors", () => {
  it.each<[string, object, readonly (number | bigint)[], string]>([
    ["float list", { dims: [2], dataType: 1, floatData: [1.5, -2] }, [1.5, -2], "f32"],
    ["int32 list", { dims: [2], dataType: 6, int32Data: [-1, 7] }, [-1, 7], "i32"],
    ["int8 list", { dims: [2], dataType: 3, int32Data: [-128, 127] }, [-128, 127], "i8"],
    ["bool list", { dims: [2], dataType: 9, int32Data: [0, 1] }, [0, 1], "bool"],
    ["int64 list", { dims: [2], dataType: 7, int64Data: [-3, 4] }, [-3n, 4n], "i64"],
    ["double list", { dims: [1], dataType: 11, doubleData: [0.1] }, [0.1], "f64"],
    ["uint64 list", { dims: [1], dataType: 13, uint64Data: [9] }, [9n], "i64"],
    ["float16 list", { dims: [2], dataType: 10, int32Data: [0x3c00, 0xc000] }, [1, -2], "f16"],
    [
      "bfloat16 raw",
      { dims: [1], dataType: 16, rawData: new Uint8Array([0xc0, 0x3f]) },
      [1.5],
      "bf16",
    ],
    ["uint16 raw", { dims: [1], dataType: 4, rawData: new Uint8Array([255, 255]) }, [65535], "u16"],
    ["int16 raw", { dims: [1], dataType: 5, rawData: new Uint8Array([255, 255]) }, [-1], "i16"],
    [
      "int4 raw",
      { dims: [3], dataType: 22, rawData: new Uint8Array([0x8f, 7]) },
      [-1, -8, 7],
      "i4",
    ],
    ["uint4 list", { dims: [3], dataType: 21, int32Data: [0x8f, 7] }, [15, 8, 7], "u4"],
    [
      "uint32 raw",
      { dims: [1], dataType: 12, rawData: new Uint8Array([255, 255, 255, 255]) },
      [4294967295n],
      "i64",
    ],
    ["scalar", { dims: [], dataType: 1, floatData: [3] }, [3], "f32"],
    ["nothing", { dims: [0], dataType: 7 }, [], "i64"],
  ])("%s", (_, message, values, dtype) => {
    const { type, data } = read(message);
    expect(type.dtype).toBe(dtype);
    expect([...data]).toEqual(values);
  });

  it.each<[string, object, string]>([
    ["2^40 elements", { dims: [2 ** 40], dataType: 1, rawData: new Uint8Array(4) }, "too-large"],
    ["2^20 · 2^20", { dims: [2 ** 20, 2 ** 20], dataType: 1 }, "too-large"],
    ["a negative dimension", { dims: [-2], dataType: 1 }, "bad-dimension"],
    ["too few bytes", { dims: [3], dataType: 1, rawData: new Uint8Array(8) }, "bad-weights"],
    ["too many values", { dims: [1], dataType: 1, floatData: [1, 2] }, "bad-weights"],
    ["strings", { dims: [1], dataType: 8 }, "unsupported"],
    ["no such type", { dims: [1], dataType: 77 }, "unsupported"],
    ["another file without a name", { dims: [1], dataType: 1, dataLocation: 1 }, "bad-file"],
  ])("of %s are refused", (_, message, code) => {
    expect(() => read(message)).toThrow(new RegExp(`\\[${code}\\]`));
  });
});
