/** Trained weights: every format that is read, every mistake in one report, nothing believed of a broken file. */
import { strToU8, zipSync } from "fflate";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { writeNpy } from "../../../compiler/cli/npy.js";
import { CompileError, formatProblem } from "../../../compiler/base/error.js";
import { constantTensor } from "../../../compiler/graph/constants.js";
import { conv2d, flatten, linear, model } from "../../../compiler/frontend/builder/index.js";
import { readWeights, withWeights } from "../../../compiler/frontend/weights/assign.js";
import { readNpy } from "../../../compiler/frontend/weights/npy.js";
import { readSafetensors } from "../../../compiler/frontend/weights/safetensors.js";
import { tensor, type Tensor } from "../../../compiler/base/tensor.js";

const net = model(
  "net",
  { x: [1, 2, 4, 4] },
  {
    conv: conv2d({ inChannels: 2, outChannels: 3, kernelSize: 3 }),
    fc: linear({ inFeatures: 12, outFeatures: 2 }),
  },
  (m, { x }) => ({ y: m.fc(flatten(m.conv(x))) }),
);

function f32(...dims: readonly number[]): Tensor {
  const count = dims.reduce((a, b) => a * b, 1);
  return tensor(
    "f32",
    dims,
    Array.from({ length: count }, (_, i) => i / 8),
  );
}

const right = new Map([
  ["conv.weight", f32(3, 2, 3, 3)],
  ["conv.bias", f32(3)],
  ["fc.weight", f32(2, 12)],
  ["fc.bias", f32(2)],
]);

function problemsOf(run: () => unknown): readonly string[] {
  try {
    run();
    return [];
  } catch (error) {
    if (!(error instanceof CompileError)) throw error;
    return error.problems.map(formatProblem);
  }
}

/** A safetensors file of entries as they are, right or wrong. */
function safetensors(header: object | string, body: Uint8Array = new Uint8Array(64)): Uint8Array {
  const text = strToU8(typeof header === "string" ? header : JSON.stringify(header));
  const bytes = new Uint8Array(8 + text.length + body.length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true);
  bytes.set(text, 8);
  bytes.set(body, 8 + text.length);
  return bytes;
}

function npy(descr: string, shape: string, values: Uint8Array, order = "False"): Uint8Array {
  const header = `{'descr': '${descr}', 'fortran_order': ${order}, 'shape': ${shape}, }\n`;
  const bytes = new Uint8Array(10 + header.length + values.length);
  bytes.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, header.length, 0]);
  bytes.set(strToU8(header), 10);
  bytes.set(values, 10 + header.length);
  return bytes;
}

describe("weights for a model", () => {
  it("take the place of seeds", () => {
    const trained = withWeights(net, new Map([...right, ["bn.num_batches_tracked", f32(1)]]));
    const weight = trained.constants.find(({ name }) => name === "conv.weight")!;
    expect(constantTensor(weight).data).toEqual(right.get("conv.weight")!.data);
  });

  it("are reported missing, extra and misshapen all at once", () => {
    const wrong = new Map([
      ["conv.weight", f32(3, 3, 2, 3)],
      ["conv.biases", f32(3)],
      ["fc.weight", f32(2, 12)],
      ["head.weight", f32(9)],
    ]);
    expect(problemsOf(() => withWeights(net, wrong))).toEqual([
      "[misshapen-weight] 'conv.weight': the file has [3,3,2,3], the model wants [3,2,3,3]",
      "[missing-weight] 'conv.bias': [3] is wanted; did you mean 'conv.biases'?",
      "[missing-weight] 'fc.bias': [2] is wanted",
      "[extra-weight] 'conv.biases': the model has no such parameter",
      "[extra-weight] 'head.weight': the model has no such parameter",
    ]);
  });
});

describe("formats", () => {
  const values = [1.5, -2, 0.25, 65504];
  const bytesOf = (array: { readonly buffer: ArrayBufferLike }): Uint8Array =>
    new Uint8Array(array.buffer as ArrayBuffer);

  it.each<readonly [string, Uint8Array]>([
    ["F64", bytesOf(Float64Array.from(values))],
    ["F32", bytesOf(Float32Array.from(values))],
    ["F16", bytesOf(Uint16Array.of(0x3e00, 0xc000, 0x3400, 0x7bff))],
    ["I64", bytesOf(BigInt64Array.of(1n, -2n, 3n, -4n))],
    ["I32", bytesOf(Int32Array.of(1, -2, 3, -4))],
  ])("safetensors of %s", (dtype, body) => {
    const entry = { dtype, shape: [2, 2], data_offsets: [0, body.length] };
    const read = readSafetensors(safetensors({ __metadata__: { a: "b" }, w: entry }, body));
    expect([...read.keys()]).toEqual(["w"]);
    expect([...read.get("w")!.data]).toEqual(dtype.startsWith("F") ? values : [1, -2, 3, -4]);
    expect(read.get("w")!.type).toEqual({ dtype: "f32", dims: [2, 2] });
  });

  it("bfloat16 is the upper half of an f32; halves may be subnormal, infinite or no number", () => {
    const bfloat = safetensors(
      { w: { dtype: "BF16", shape: [2], data_offsets: [0, 4] } },
      bytesOf(Uint16Array.of(0x3fc0, 0xc000)),
    );
    expect([...readSafetensors(bfloat).get("w")!.data]).toEqual([1.5, -2]);
    const half = safetensors(
      { w: { dtype: "F16", shape: [4], data_offsets: [0, 8] } },
      bytesOf(Uint16Array.of(1, 0x7c00, 0x7e00, 0x8000)),
    );
    expect([...readSafetensors(half).get("w")!.data]).toEqual([2 ** -24, Infinity, NaN, -0]);
  });

  it("npy, and npz archives of them", () => {
    const one = writeNpy({ dtype: "f32", dims: [2, 2] }, Float32Array.from(values));
    expect([...readNpy(one).data]).toEqual(values);
    const archive = zipSync({ "fc.weight.npy": one, "read.me": strToU8("no") });
    const read = readWeights("w.npz", archive);
    expect([...read.keys()]).toEqual(["fc.weight"]);
    expect(read.get("fc.weight")!.type.dims).toEqual([2, 2]);
    expect([...readWeights("some/folder/fc.bias.npy", one).keys()]).toEqual(["fc.bias"]);
    const bytes = npy("|u1", "(3,)", Uint8Array.of(0, 128, 255));
    expect([...readNpy(bytes).data]).toEqual([0, 128, 255]);
  });
});

describe("files that are not what they claim", () => {
  const entry = { dtype: "F32", shape: [4], data_offsets: [0, 16] };
  it.each<readonly [string, Uint8Array, RegExp]>([
    ["nothing", new Uint8Array(0), /0 bytes are too few/],
    ["a header longer than the file", safetensors({ w: entry }).slice(0, 20), /header claims/],
    ["a header of 2^63 bytes", new Uint8Array(8).fill(0x7f), /header claims/],
    ["no JSON", safetensors("{"), /header is not JSON/],
    ["a list for a table", safetensors("7"), /header is not a table/],
    ["values past the end", safetensors({ w: { ...entry, data_offsets: [0, 999] } }), /lies at/],
    ["offsets that cross", safetensors({ w: { ...entry, data_offsets: [16, 0] } }), /lies at/],
    ["a shape that does not fit", safetensors({ w: { ...entry, shape: [5] } }), /is not 5 of F32/],
    ["a fraction of an element", safetensors({ w: { ...entry, shape: [1.5] } }), /has no dtype/],
    ["2^40 elements", safetensors({ w: { ...entry, shape: [2 ** 40] } }), /is not \d+ of F32/],
    ["a dtype that is not read", safetensors({ w: { ...entry, dtype: "F8" } }), /has dtype F8/],
  ])("safetensors: %s", (_, bytes, message) => {
    const problems = problemsOf(() => readSafetensors(bytes));
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(/^\[bad-file\]/);
    expect(problems[0]).toMatch(message);
  });

  it.each<readonly [string, Uint8Array, RegExp]>([
    ["nothing", new Uint8Array(0), /magic bytes/],
    ["a header past the end", npy("<f4", "(1,)", new Uint8Array(4)).slice(0, 30), /header claims/],
    ["objects", npy("|O", "(1,)", new Uint8Array(8)), /dtype \|O/],
    ["Fortran order", npy("<f4", "(1,)", new Uint8Array(4), "True"), /Fortran order/],
    ["too few values", npy("<f4", "(3,)", new Uint8Array(4)), /4 bytes of values are not 3/],
    ["2^40 values", npy("<f4", "(1099511627776,)", new Uint8Array(4)), /are not 1099511627776/],
  ])("npy: %s", (_, bytes, message) => {
    const problems = problemsOf(() => readNpy(bytes));
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(message);
  });

  it("npz: no archive, another ending", () => {
    expect(problemsOf(() => readWeights("w.npz", new Uint8Array(30)))[0]).toMatch(/not an .npz/);
    expect(problemsOf(() => readWeights("w.pth", new Uint8Array(30)))[0]).toMatch(/are read from/);
  });

  it("random bytes are a coded error, whatever they are", () => {
    const headers = [safetensors({ w: entry }), npy("<f4", "(2,)", new Uint8Array(8))];
    fc.assert(
      fc.property(
        fc.constantFrom(...headers),
        fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { maxLength: 6 }),
        fc.nat(100),
        (bytes, changes, cut) => {
          const damaged = bytes.slice(0, bytes.length - (cut % bytes.length));
          for (const [at, byte] of changes) damaged[at % damaged.length] = byte;
          // Throws anything but a CompileError.
          problemsOf(() => readSafetensors(damaged));
          problemsOf(() => readNpy(damaged));
        },
      ),
      { numRuns: 2000, seed: 7 },
    );
  });
});
