/** Written .tflite files, read back by the encoding's own rules. */
import { describe, expect, it } from "vitest";
import {
  conv2d,
  globalAvgPool,
  matmul,
  maxPool2d,
  model,
  relu,
  sequential,
} from "../../../compiler/frontend/builder/index.js";
import { inferShapes } from "../../../compiler/infer/inferShapes.js";
import { constantTensor } from "../../../compiler/graph/constants.js";
import { exportTflite } from "./export.js";
import { byte, int, ints, list, longs, table, text, writeFlatBuffer } from "./flatbuffer.js";

/** Where a field of a table points to, or its own place; undefined where the table lacks it. */
function reader(bytes: Uint8Array) {
  const view = new DataView(bytes.buffer);
  const follow = (at: number): number => at + view.getUint32(at, true);
  const field = (of: number, number: number): number | undefined => {
    const vtable = of - view.getInt32(of, true);
    const offset =
      4 + 2 * number < view.getUint16(vtable, true)
        ? view.getUint16(vtable + 4 + 2 * number, true)
        : 0;
    return offset === 0 ? undefined : of + offset;
  };
  const count = (at: number): number => view.getUint32(at, true);
  return {
    view,
    root: follow(0),
    field,
    /** Positions of the tables in a field that is a list of them. */
    tables: (of: number, number: number): number[] => {
      const at = follow(field(of, number)!);
      return Array.from({ length: count(at) }, (_, i) => follow(at + 4 + 4 * i));
    },
    ints: (of: number, number: number): number[] => {
      const at = follow(field(of, number)!);
      return Array.from({ length: count(at) }, (_, i) => view.getInt32(at + 4 + 4 * i, true));
    },
    table: (of: number, number: number): number => follow(field(of, number)!),
    int: (of: number, number: number): number => view.getInt32(field(of, number)!, true),
    byte: (of: number, number: number): number => view.getInt8(field(of, number)!),
    bytes: (of: number, number: number): Uint8Array => {
      const at = follow(field(of, number)!);
      return bytes.slice(at + 4, at + 4 + count(at));
    },
  };
}

describe("FlatBuffers", () => {
  it("say what is in a table and what is not", () => {
    const inner = table(byte(-3), int(70_000));
    const bytes = writeFlatBuffer(
      table(list([inner]), undefined, ints([1, -2]), text("né")),
      "TEST",
    );
    const read = reader(bytes);
    expect(new TextDecoder().decode(bytes.slice(4, 8))).toBe("TEST");
    expect(read.field(read.root, 1)).toBeUndefined();
    expect(read.field(read.root, 7)).toBeUndefined();
    expect(read.ints(read.root, 2)).toEqual([1, -2]);
    expect(new TextDecoder().decode(read.bytes(read.root, 3))).toBe("né");
    const [first] = read.tables(read.root, 0);
    expect([read.byte(first!, 0), read.int(first!, 1)]).toEqual([-3, 70_000]);
  });

  it("align what is wider than an offset", () => {
    const read = reader(writeFlatBuffer(table(byte(1), text("odd"), longs([5])), "TEST"));
    const at = read.table(read.root, 2) + 4;
    expect(at % 8).toBe(0);
    expect(read.view.getBigInt64(at, true)).toBe(5n);
  });
});

describe("a .tflite file", () => {
  const x = { x: [1, 2, 6, 6] };
  const conv = conv2d({ inChannels: 2, outChannels: 3, kernelSize: 3, stride: 2, padding: 1 });

  it("has a convolution's weights channels last, and what its padding cannot say before it", () => {
    const graph = inferShapes(model("conv", x, sequential([conv, relu()])));
    const read = reader(exportTflite(graph)!);
    const [subgraph] = read.tables(read.root, 2);
    const [pad, of] = read.tables(subgraph!, 3);
    const codes = read.tables(read.root, 1).map((code) => read.int(code, 3));
    expect([pad!, of!].map((operator) => codes[read.int(operator, 0)])).toEqual([34, 3]);
    const tensors = read.tables(subgraph!, 0);
    const [input, filter] = read.ints(of!, 1).map((index) => tensors[index]!);
    expect(read.ints(input!, 0)).toEqual([1, 7, 7, 2]);
    expect(read.ints(filter!, 0)).toEqual([3, 3, 3, 2]);
    const data = read.bytes(read.tables(read.root, 4)[read.int(filter!, 2)]!, 0);
    const ours = constantTensor(graph.constants.find(({ type }) => type.dims.length === 4)!).data;
    // Channel 1 of the second output's window at row 2, column 0.
    const index = 1 * 18 + 2 * 6 + 0 * 2 + 1;
    expect(new Float32Array(data.buffer)[index]).toBe(ours[(1 * 2 + 1) * 9 + 2 * 3 + 0]);
    const options = read.table(of!, 4);
    expect([0, 3].map((number) => read.byte(options, number))).toEqual([1, 1]);
    expect([1, 2].map((number) => read.int(options, number))).toEqual([2, 2]);
  });

  it("leaves padding of one pixel around to the operator where that is what SAME means", () => {
    const same = conv2d({ inChannels: 2, outChannels: 3, kernelSize: 3, padding: 1 });
    const read = reader(exportTflite(inferShapes(model("conv", x, same)))!);
    const [only, ...others] = read.tables(read.tables(read.root, 2)[0]!, 3);
    expect(others).toEqual([]);
    expect(read.byte(read.table(only!, 4), 0)).toBe(0);
  });

  it("pads the windows of a maximum with less than any value, unless all are positive", () => {
    const pool = maxPool2d({ kernelSize: 3, stride: 2, padding: 1 });
    const codes = (layers: Parameters<typeof sequential>[0]): number[] => {
      const read = reader(exportTflite(inferShapes(model("pool", x, sequential(layers))))!);
      return read.tables(read.root, 1).map((code) => read.int(code, 3));
    };
    expect(codes([pool])).toEqual([60, 17]);
    expect(codes([relu(), pool])).toEqual([19, 34, 17]);
  });

  it("is refused to what it cannot say", () => {
    const rows = model("rows", { a: [2, 3, 4], b: [2, 4, 3] }, ({ a, b }) => ({
      product: matmul(a, b),
    }));
    expect(exportTflite(inferShapes(rows))).toBeUndefined();
    expect(exportTflite(inferShapes(model("mean", x, globalAvgPool())))).toBeDefined();
  });
});
