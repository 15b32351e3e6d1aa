/** Sound prepared by emitted modules has the values of numpy's Fourier transform, and of openWakeWord's own model. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { audio, model, prepareModel, type DType } from "../../../../compiler/index.js";
import type { AudioOptions } from "../../../../compiler/frontend/preparation/audio/spec.js";
import { inferShapes } from "../../../../compiler/infer/inferShapes.js";
import type { Definition } from "../../../../compiler/graph/definition.js";
import { importCompiled } from "../../../support/emitted.js";
import { problemsOf } from "../../../support/problems.js";

interface Case {
  readonly name: string;
  readonly options: AudioOptions;
  /** int16 */
  readonly samples: readonly number[];
  readonly dims: readonly number[];
  /** The greatest magnitude, to the power. */
  readonly peak: number;
  /** Bands before the logarithm. */
  readonly linear: readonly number[];
  readonly values: readonly number[];
}

const read = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`golden/${name}.json`, import.meta.url), "utf8"));
const { cases } = read("reference") as { readonly cases: readonly Case[] };
const openWakeWord = read("openWakeWord") as { readonly values: readonly number[] };

/** A model that yields its input. */
function identity(dims: readonly number[], dtype: DType = "f32"): Definition {
  return model("sound", { mel: { dims, dtype } }, ({ mel }) => ({ out: mel }));
}

function prepared(options: AudioOptions, dims: readonly number[]): Definition {
  return prepareModel(identity(dims), { mel: audio(options) }).definition;
}

/** What a run of the emitted module yields. */
async function runOf(
  one: Case,
  from: "f32" | "i32",
  target: "ts" | "wasm",
): Promise<readonly number[]> {
  const definition = prepared({ ...one.options, from, length: one.samples.length }, [
    1,
    ...one.dims,
  ]);
  const { module } = await importCompiled(definition, { target });
  const given =
    from === "i32"
      ? Int32Array.from(one.samples)
      : Float32Array.from(one.samples, (sample) => sample / 32768);
  const loaded = await module.load();
  loaded.run({
    mel: from === "i32" ? new Int32Array(given.length) : new Float32Array(given.length),
  });
  return [...(loaded.run({ mel: given })["out"] as Float32Array)];
}

const EPSILON = 2 ** -24;

/** What the logarithm of a case multiplies the natural one by; 0 without one. */
function logFactor({ preset, log = "none", power = 2 }: AudioOptions): number {
  if (preset === "whisper" || log === "log10") return 1 / Math.LN10;
  if (preset === "openWakeWord" || log === "db") return (power === 2 ? 10 : 20) / Math.LN10;
  return log === "natural" ? 1 : 0;
}

function scaleOf({ preset, scale = 1 }: AudioOptions): number {
  return preset === "whisper" ? 0.25 : preset === "openWakeWord" ? 0.1 : scale;
}

/**
 * How far value i may be from that in f64. A magnitude is a sum of winLength products that are as large as the
 * peak's at most, so it is off by ε/2 · √winLength of the peak; its square by twice itself times that. A
 * logarithm is as steep as its argument is small. What comes out is rounded again, some times.
 */
function toleranceOf({ options, linear, values, peak }: Case): (i: number) => number {
  const { power = 2, floor = 1e-10, offset = 0, winLength, fftSize = 400 } = options;
  const delta =
    (EPSILON / 2) * Math.sqrt((winLength ?? fftSize) * (power === 2 ? peak : peak ** 2));
  const rounded = 16 * EPSILON * Math.max(...values.map(Math.abs));
  const factor = logFactor(options);
  return (i) => {
    const off = power === 2 ? 2 * Math.sqrt(linear[i]!) * delta + delta ** 2 : delta;
    const taken = Math.max(linear[i]!, floor, offset);
    const logged = factor === 0 ? off : factor * Math.log1p(off / taken);
    return scaleOf(options) * logged + rounded;
  };
}

describe.each(cases)("$name", (one) => {
  it.each([
    ["f32", "ts"],
    ["f32", "wasm"],
    ["i32", "wasm"],
  ] as const)("has numpy's values, from %s, %s", async (from, target) => {
    const found = await runOf(one, from, target);
    const toleranceAt = toleranceOf(one);
    const off = one.values.map((value, i) => Math.abs(found[i]! - value) / toleranceAt(i));
    expect(found.length).toBe(one.values.length);
    expect(Math.max(...off)).toBeLessThan(1);
  });
});

describe("openWakeWord", () => {
  it("has the values of its own melspectrogram.onnx, and x / 10 + 2 of them", async () => {
    const one = cases.find(({ name }) => name === "openWakeWord")!;
    const found = await runOf(one, "i32", "ts");
    const off = found.map((value, i) => Math.abs(value - (openWakeWord.values[i]! / 10 + 2)));
    expect(Math.max(...off)).toBeLessThan(1e-5);
  });
});

describe("audio", () => {
  const inputOf = (options: AudioOptions, dims: readonly number[]) =>
    prepared(options, dims).inputs[0];

  it("takes as few samples as make the frames of the model", () => {
    const dtype = "f32";
    expect(inputOf({ preset: "whisper" }, [1, 80, 3000])).toEqual({
      name: "mel",
      dtype,
      dims: [1, 480_000],
    });
    const words: AudioOptions = { preset: "openWakeWord", from: "i32" };
    expect(inputOf(words, [1, 76, 32, 1])).toEqual({
      name: "mel",
      dtype: "i32",
      dims: [1, 12_512],
    });
    expect(inputOf(words, [76, 32])?.dims).toEqual([1, 12_512]);
    // 200 samples would make two frames as well, but cannot be reflected.
    expect(inputOf({ mels: 40 }, [1, 40, 2])?.dims).toEqual([1, 201]);
    expect(inputOf({ mels: 40, padding: "none" }, [2, 40, 7])?.dims).toEqual([2, 1600]);
  });

  it("stands where the builder declares an input", () => {
    const prepare = audio({ preset: "openWakeWord", length: 1760 });
    const built = model("words", { mel: { dims: [1, 8, 32, 1], prepare } }, ({ mel }) => ({ mel }));
    expect(built.inputs).toEqual([{ name: "mel", dtype: "f32", dims: [1, 1760] }]);
    const [output] = inferShapes(built).outputs;
    const { type } = inferShapes(built).nodes.find(({ name }) => `%${name}` === output?.value)!;
    expect(type).toEqual({ dtype: "f32", dims: [1, 8, 32, 1] });
  });

  it("prepares each sound of a batch by itself", async () => {
    const [bins, frames] = [80, 3];
    const options: AudioOptions = { preset: "whisper" };
    const length = 480;
    const sounds = [0, 1].map((at) =>
      Float32Array.from({ length }, (_, i) => Math.sin((i * (at + 1)) / 7) / (1 + 99 * at)),
    );
    const run = async (batch: number, mel: Float32Array): Promise<readonly number[]> => {
      const definition = prepared(options, [batch, bins, frames]);
      const loaded = await (await importCompiled(definition)).module.load();
      return [...(loaded.run({ mel })["out"] as Float32Array)];
    };
    const both = await run(2, Float32Array.from(sounds.flatMap((sound) => [...sound])));
    const apart = [await run(1, sounds[0]!), await run(1, sounds[1]!)];
    expect(both).toEqual(apart.flat());
  });

  it("says everything that is wrong with options", () => {
    const wrong = { mels: 0, windw: "hann", log: "ln", fMin: NaN, power: 3 } as object;
    const found = problemsOf(() => prepared(wrong, [1, 40, 5])).join("\n");
    for (const part of ["mels:", "log:", "fMin:", "power:", "did you mean 'window'?"])
      expect(found).toContain(part);
    const together: AudioOptions = {
      from: "i16",
      winLength: 500,
      mels: 40,
      fMin: 9000,
      dynamicRange: 8,
    };
    expect(problemsOf(() => prepared(together, [1, 40, 5]))).toMatchInlineSnapshot(`
      [
        "[unsupported] 'mel': from: i16 is no element type that models have; say from: "i32" and give it Int32Array.from(samples), or from: "f32" and give it samples / 32768",
        "[bad-attribute] 'mel': winLength 500 is more than fftSize 400; a window lies in its transform",
        "[bad-attribute] 'mel': fMin 9000 is not below fMax 8000; bands go from fMin to fMax, in Hz",
        "[bad-attribute] 'mel': dynamicRange is given without log; say which: natural, log10 or db",
      ]
    `);
  });

  it.each([
    [{ preset: "whisper" }, [1, 128, 3000], "makes 80 mels × frames, but the model takes"],
    [{ preset: "openWakeWord" }, [1, 32, 76], "makes frames × 32 mels, but"],
    [{ mels: 40 }, [41], "makes 40 mels × frames, but the model takes f32[41]"],
    [
      { preset: "whisper", length: 480_500 },
      [1, 80, 3000],
      "480500 samples make 3003 frames, but the model takes f32[1,80,3000]; 480000 … 480159 samples",
    ],
    [{ mels: 40 }, [1, 40, 1], "samples are too few to reflect 200 at each end"],
  ] as const)("refuses what does not fit the model: %o, %j", (options, dims, message) => {
    expect(problemsOf(() => prepared(options, dims)).join("\n")).toContain(message);
  });

  it("refuses a model of integers", () => {
    const options = { mel: audio({ mels: 40 }) };
    const found = problemsOf(() => prepareModel(identity([1, 40, 3], "i32"), options));
    expect(found.join()).toContain("makes f32, but the model takes i32[1,40,3]; cast it");
  });
});
