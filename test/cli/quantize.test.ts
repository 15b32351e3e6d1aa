/** `tilewright quantize`: reads samples however they lie in folders, writes a file, and says what it costs, or writes none. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { encode } from "fast-png";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { writeNpy } from "../../compiler/cli/npy.js";
import { elementCount, tensor, type DType } from "../../compiler/base/tensor.js";
import { decodeModel } from "../../compiler/onnx/decode.js";
import { command } from "../support/commandLine.js";
import { createRandom } from "../support/random.js";

const NET = `model net(%image: f32[1,1,4,4]) {
  %c = conv(%image, @w)
  %r = relu(%c)
  %f = flatten(%r)
  %y = matmul(%f, @v) {axis=1}
  return y = %y
}
@w : f32[2,1,2,2] = [1, -2, 3, 0.5, -1, 2, 0.25, 1]
@v : f32[3,18] = seed 5 center 0 spread 0.4
`;

let folder = "";
const at = (name: string): string => join(folder, name);
const random = createRandom(4);
const npy = (dtype: DType, dims: readonly number[], most: number): Uint8Array => {
  const values = Array.from({ length: elementCount(dims) }, () => random.int(0, most));
  return writeNpy({ dtype, dims }, tensor(dtype, dims, values).data);
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "quantize-"));
  const sets = [0, 1].map((i) => `sets/test_data_set_${i}`);
  for (const name of ["stack", "single", "wrong", "empty", ...sets])
    await mkdir(at(name), { recursive: true });
  await writeFile(at("net.tw"), NET);
  await writeFile(at("stack/images.npy"), npy("u8", [20, 4, 4], 255));
  await writeFile(at("stack/labels.npy"), npy("u8", [20], 2));
  await writeFile(at("single/a.npy"), npy("f32", [1, 1, 4, 4], 1));
  const data = Uint8Array.from({ length: 64 }, () => random.int(0, 255));
  await writeFile(at("single/b.png"), encode({ width: 8, height: 8, data, channels: 1, depth: 8 }));
  await writeFile(at("wrong/a.npy"), npy("f32", [5, 4], 1));
  await writeFile(at("wrong/b.npy"), npy("f32", [2, 1, 1, 4, 5], 1));
  for (const set of sets) {
    await writeFile(at(`${set}/input_0.npy`), npy("f32", [1, 1, 4, 4], 9));
    await writeFile(at(`${set}/output_0.npy`), npy("f32", [1, 3], 1));
  }
});

afterAll(() => rm(folder, { recursive: true }));

const quantize = (...args: readonly string[]) => command("quantize", at("net.tw"), ...args);
const paths = (data: string) => ["--data", at(data), "--out-file", at(`${data}.onnx`)];

interface Report {
  readonly samples: object;
  readonly bytes: { readonly quantized: number };
  readonly network: { readonly labels?: object };
}

async function reportOf(...args: readonly string[]): Promise<Report> {
  const { code, stdout, stderr } = await quantize(...args, "--json");
  expect({ code, errors: stderr.replace(/^warning: .*\n/gm, "") }).toEqual({ code: 0, errors: "" });
  return JSON.parse(stdout) as Report;
}

describe("quantize", () => {
  it("takes one file of many samples, and their labels", async () => {
    const report = await reportOf(...paths("stack"), "--hold-back", "8");
    expect(report.samples).toEqual({ calibration: 12, test: 8, from: "held-back" });
    expect(report.network.labels).toMatchObject({ samples: 8 });
    const bytes = await readFile(at("stack.onnx"));
    expect(bytes.length).toBe(report.bytes.quantized);
    const ops = decodeModel(bytes).graph!.node.map(({ opType }) => opType);
    expect(ops.filter((op) => !/Linear/.test(op))).toEqual(["Conv", "Flatten", "Gemm"]);
  });

  it("takes sets of ONNX's test layout, and a folder of its own to test with", async () => {
    const report = await reportOf(...paths("sets"), "--test-data", at("stack"), "--keep", "y");
    expect(report.samples).toEqual({ calibration: 2, test: 20, from: "test-data" });
    const again = await reportOf(...paths("sets"), "--hold-back", "0", "--method", "min-max");
    expect(again.samples).toEqual({ calibration: 2, test: 2, from: "calibration" });
    expect(again.network.labels).toMatchObject({ samples: 2 });
  });

  it("takes files of one sample each, and what is done to pictures before", async () => {
    const report = await reportOf(...paths("single"), "--hold-back", "0", "--no-bias-correction");
    expect(report.samples).toMatchObject({ calibration: 2 });
    const prepared = ["--preprocess", "image=image,from=gray8", "--no-equalize", "--no-proposal"];
    const other = await reportOf(...paths("stack"), ...prepared, "--method", "percentile");
    expect(other.samples).toMatchObject({ calibration: 16, test: 4 });
  });

  it("says in words what it costs", async () => {
    const { code, stdout } = await quantize(...paths("stack"), "--hold-back", "8");
    expect(code).toBe(0);
    const text = stdout.replace(/-?\d+(\.\d+)?/g, "N");
    expect(text.replace(/ +/g, " ").split("\n").slice(1)).toEqual([
      "N samples for scales (mse), figures of N other samples",
      "",
      "layer op range alone in the network",
      "c conv N … N N dB N dB",
      "y matmul fN N dB N dB",
      "",
      "y: signal to noise N dB, largest error N % of its rms",
      " the same first answer in N of N (N %)",
      "N of N right, N in fN",
      "N bytes, N % of N with fN weights",
      "",
    ]);
  });

  it("says all that is wrong, and writes nothing", async () => {
    const wrong = await quantize(...paths("wrong"));
    expect(wrong.code).toBe(1);
    expect(wrong.stderr).toMatch(
      /\[bad-samples\].*a\.npy has \[5,4\], the model wants f32\[1,1,4,4\]/,
    );
    expect(wrong.stderr).toMatch(/\[bad-samples\].*b\.npy has \[2,1,1,4,5\]/);
    const empty = await quantize(...paths("empty"));
    expect(empty.stderr).toMatch(/\[bad-samples\] .*empty has no samples; expected \.npy files/);
    await expect(readFile(at("wrong.onnx"))).rejects.toThrow();
    const none = await quantize("--data", at("nowhere"), "--out-file", at("n.onnx"));
    expect(none.stderr).toMatch(/cannot read .*nowhere/);
    const usage = await quantize();
    expect({ ...usage, stdout: "" }).toMatchObject({ code: 2 });
    expect(usage.stderr).toMatch(/--data is missing.*--out-file is missing/);
    for (const option of [
      ["--method", "best"],
      ["--hold-back", "much"],
      ["--percentile", "x"],
    ])
      expect((await quantize(...paths("stack"), ...option)).code).toBe(2);
  });
});
