/** Trained weights: read by the ending of their file, every mistake in one report, nothing believed of a broken file. */
import { strToU8, zipSync } from "fflate";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { writeNpy } from "../../../compiler/cli/npy.js";
import { constantTensor } from "../../../compiler/graph/constants.js";
import { conv2d, flatten, linear, model } from "../../../compiler/frontend/builder/index.js";
import { readWeights, withWeights } from "../../../compiler/frontend/weights/assign.js";
import { readNpy } from "../../../compiler/frontend/weights/npy.js";
import { readSafetensors } from "../../../compiler/frontend/weights/safetensors.js";
import { tensor, type Tensor } from "../../../compiler/base/tensor.js";
import { problemsOf } from "../../support/problems.js";
import { npyOfFloats, safetensorsFile } from "../../support/weightFiles.js";

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

describe("weights that are too many", () => {
  it("are named up to a hundred, and the rest counted", () => {
    const names = Array.from({ length: 5000 }, (_, i): [string, Tensor] => [`w${i}`, f32(1)]);
    const problems = problemsOf(() => withWeights(net, new Map([...right, ...names])));
    expect(problems).toHaveLength(101);
    expect(problems.at(-1)).toBe("[extra-weight] the model has none of 4900 more parameters");
  });
});

describe("a weights file", () => {
  it("is read by its ending", () => {
    const one = writeNpy({ dtype: "f32", dims: [2, 2] }, Float32Array.from([1, 2, 3, 4]));
    const read = readWeights("w.npz", zipSync({ "fc.weight.npy": one, "read.me": strToU8("no") }));
    expect([...read.keys()]).toEqual(["fc.weight"]);
    expect(read.get("fc.weight")!.type.dims).toEqual([2, 2]);
    expect([...readWeights("some/folder/fc.bias.npy", one).keys()]).toEqual(["fc.bias"]);
    const entry = { dtype: "F32", shape: [4], data_offsets: [0, 16] };
    expect([...readWeights("w.safetensors", safetensorsFile({ w: entry })).keys()]).toEqual(["w"]);
    expect(problemsOf(() => readWeights("w.npz", new Uint8Array(30)))[0]).toMatch(/not an .npz/);
    expect(problemsOf(() => readWeights("w.pth", new Uint8Array(30)))[0]).toMatch(/are read from/);
  });

  it("of random bytes is a coded error, whatever they are", () => {
    const entry = { dtype: "F32", shape: [4], data_offsets: [0, 16] };
    const headers = [safetensorsFile({ w: entry }), npyOfFloats([1, 2])];
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
