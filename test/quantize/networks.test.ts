/** Which values become bytes, with which scales in common, and that what is written so computes the same in onnxruntime-web. */
import { describe, expect, it } from "vitest";
import { parseDefinition } from "../../compiler/graph/text/parse.js";
import type { QuantizeOptions, Sample } from "../../compiler/index.js";
import { quantizeWith } from "../../compiler/quantize/quantize.js";
import { decodeModel } from "../../compiler/onnx/decode.js";
import { readTensorProto } from "../../compiler/frontend/onnx/importTensor.js";
import { readOnnx } from "../../compiler/frontend/onnx/import.js";
import { tensor, type Tensor } from "../../compiler/base/tensor.js";
import { meaningBuild } from "../support/meaningBuild.js";
import { openOnnx } from "../support/onnxRuntime.js";
import { createRandom } from "../support/random.js";

/** Constants w… and b… are drawn. */
const weights = (dims: Readonly<Record<string, string>>): string =>
  Object.entries(dims)
    .map(([name, of], i) => `@${name} : f32[${of}] = seed ${i + 1} center 0.05 spread 0.5\n`)
    .join("");

const NETWORK = `model net(%x: f32[1,3,12,12]) {
  %a = conv(%x, @wa, @ba) {pads=[1,1,1,1]}
  %a6 = clip(%a) {min=0, max=6}
  %b = conv(%a6, @wb) {groups=8, pads=[1,1,1,1]}
  %swish = hardSwish(%b)
  %c = conv(%swish, @wc, @bc)
  %sum = add(%c, %a6)
  %act = relu(%sum)
  %p = maxPool(%act) {kernel=[2,2], strides=[2,2]}
  %d = conv(%p, @wd, @bd)
  %dr = relu(%d)
  %e = conv(%p, @we, @be)
  %er = relu(%e)
  %both = concat(%dr, %er, %p) {axis=1}
  %mean = averagePool(%both) {kernel=[2,2], strides=[2,2]}
  %rows = reshape(%mean) {shape=[1,20,9]}
  %turned = transpose(%rows) {permutation=[0,2,1]}
  %f = matmul(%turned, @wf, @bf) {axis=2}
  %fr = relu(%f)
  %g = matmul(%fr, @wg) {axis=2}
  %y = softmax(%g) {axis=2}
  return y = %y, g = %g
}
${weights({ wa: "8,3,3,3", ba: "8", wb: "8,1,3,3", wc: "8,8,1,1", bc: "8", wd: "6,8,1,1", bd: "6", we: "6,8,1,1", be: "6", wf: "10,20", bf: "10", wg: "7,10" })}`;

const random = createRandom(3);
const drawn = (count: number): Float32Array =>
  Float32Array.from({ length: count }, () => random.int(-1000, 1000) / 400);
const samples: Sample[] = Array.from({ length: 6 }, () => ({ inputs: { x: drawn(432) } }));

const quantized = (options: QuantizeOptions = {}, model = NETWORK) =>
  quantizeWith(meaningBuild, parseDefinition(model), samples, { propose: false, ...options });

/** Weights and biases are those of the network. */
const PLAIN = { biasCorrection: false, equalize: false } as const;

/** `Conv x.dq w.dq b.dq => c`, without constants of scales. */
function linesOf(onnx: Uint8Array): string[] {
  return decodeModel(onnx).graph!.node.map(({ opType, input, output }) => {
    const values = input.filter((name) => !/\.(scale|zero)(_\d+)?$/.test(name));
    return `${opType} ${values.join(" ")} => ${output[0]!}`;
  });
}

function constantsOf(onnx: Uint8Array): ReadonlyMap<string, Tensor> {
  return new Map(
    decodeModel(onnx).graph!.initializer.map((one) => [one.name, readTensorProto(one)]),
  );
}

describe("quantised networks", () => {
  it("are written as other engines fuse them", async () => {
    const { onnx } = await quantized(PLAIN);
    expect(linesOf(onnx)).toMatchInlineSnapshot(`
      [
        "QuantizeLinear x => x.q",
        "DequantizeLinear x.q => x.dq",
        "DequantizeLinear wa.q => wa.dq",
        "DequantizeLinear ba.q => ba.dq",
        "Conv x.dq wa.dq ba.dq => a",
        "QuantizeLinear a => a6.q",
        "DequantizeLinear a6.q => a6.dq",
        "DequantizeLinear wb.q => wb.dq",
        "Conv a6.dq wb.dq => b",
        "QuantizeLinear b => b.q",
        "DequantizeLinear b.q => b.dq",
        "HardSwish b.dq => swish",
        "QuantizeLinear swish => swish.q",
        "DequantizeLinear swish.q => swish.dq",
        "DequantizeLinear wc.q => wc.dq",
        "DequantizeLinear bc.q => bc.dq",
        "Conv swish.dq wc.dq bc.dq => c",
        "QuantizeLinear c => c.q",
        "DequantizeLinear c.q => c.dq",
        "DequantizeLinear a6.q => a6.dq_1",
        "Add c.dq a6.dq_1 => sum",
        "QuantizeLinear sum => act.q",
        "DequantizeLinear act.q => act.dq",
        "MaxPool act.dq => p",
        "QuantizeLinear p => p.q",
        "DequantizeLinear p.q => p.dq",
        "DequantizeLinear wd.q => wd.dq",
        "DequantizeLinear bd.q => bd.dq",
        "Conv p.dq wd.dq bd.dq => d",
        "DequantizeLinear p.q => p.dq_1",
        "DequantizeLinear we.q => we.dq",
        "DequantizeLinear be.q => be.dq",
        "Conv p.dq_1 we.dq be.dq => e",
        "QuantizeLinear d => dr.q",
        "DequantizeLinear dr.q => dr.dq",
        "QuantizeLinear e => er.q",
        "DequantizeLinear er.q => er.dq",
        "DequantizeLinear p.q => p.dq_2",
        "Concat dr.dq er.dq p.dq_2 => both",
        "QuantizeLinear both => both.q",
        "DequantizeLinear both.q => both.dq",
        "AveragePool both.dq => mean",
        "QuantizeLinear mean => mean.q",
        "DequantizeLinear mean.q => mean.dq",
        "Reshape mean.dq rows.constant => rows",
        "QuantizeLinear rows => rows.q",
        "DequantizeLinear rows.q => rows.dq",
        "Transpose rows.dq => turned",
        "QuantizeLinear turned => turned.q",
        "DequantizeLinear turned.q => turned.dq",
        "DequantizeLinear wf.q => wf.dq",
        "MatMul turned.dq wf.dq => f.MatMul",
        "Add f.MatMul bf => f",
        "QuantizeLinear f => fr.q",
        "DequantizeLinear fr.q => fr.dq",
        "DequantizeLinear wg.q => wg.dq",
        "MatMul fr.dq wg.dq => g",
        "Softmax g => y",
      ]
    `);
  });

  it.each<QuantizeOptions>([
    {},
    { method: "min-max", biasCorrection: false, equalize: true },
    { method: "percentile", keep: ["b", "f"] },
  ])("compute what onnxruntime-web computes: %j", async (options) => {
    const { onnx, report } = await quantized(options);
    const theirs = await openOnnx(onnx, "disabled");
    const own = await meaningBuild(readOnnx(onnx), {});
    let [same, count] = [0, 0];
    for (const { inputs } of samples) {
      const given = new Map([["x", tensor("f32", [1, 3, 12, 12], inputs["x"]!)]]);
      const [a, b] = [await theirs.run(given), await own(given)];
      for (const name of ["y", "g"]) {
        const [p, q] = [a.get(name)!.data, b.get(name)!.data];
        for (let i = 0; i < p.length; i++, count++)
          if (Math.abs(Number(p[i]) - Number(q[i])) < 1e-4) same++;
      }
    }
    await theirs.release();
    expect(same / count).toBeGreaterThan(0.98);
    for (const { signalToNoise } of report.network.outputs)
      expect(signalToNoise).toBeGreaterThan(15);
  });

  it("have weights by output channel, biases that sums begin with, and one scale for what moves", async () => {
    const { onnx, report } = await quantized(PLAIN);
    const constants = constantsOf(onnx);
    const value = (name: string) => constants.get(name)!;
    for (const name of ["wa", "wb", "wc", "wd", "we"]) {
      const { type, data } = value(`${name}.q`);
      expect(type.dtype).toBe("i8");
      const each = data.length / type.dims[0]!;
      const sizes = Array.from(data as Int8Array, Math.abs);
      for (let c = 0; c < type.dims[0]!; c++)
        expect(Math.max(...sizes.slice(c * each, (c + 1) * each))).toBe(127);
    }
    expect(value("wf.q").type.dims).toEqual([20, 10]);
    const products = value("ba.scale").data;
    value("wa.scale").data.forEach((scale, c) =>
      expect(products[c]).toBe(Math.fround(Number(scale) * Number(value("x.scale").data[0]))),
    );
    const scaleOf = (name: string) => report.layers.find((layer) => layer.name === name)?.scale;
    expect(scaleOf("d")).toBe(scaleOf("both"));
    expect(scaleOf("d")).toBe(scaleOf("e"));
    expect(report.layers.find(({ name }) => name === "g")?.range).toBeUndefined();
  });

  it("keep layers, and all that is part of them, in f32", async () => {
    const { onnx, report } = await quantized({ keep: ["d", "a"] });
    expect(report.kept).toEqual(["d", "a"]);
    const lines = linesOf(onnx);
    expect(lines).toContain("Conv x wa ba => a");
    expect(lines.find((line) => line.endsWith("=> d"))).toMatch(/^Conv \S+\.dq\S* wd bd/);
  });
});
