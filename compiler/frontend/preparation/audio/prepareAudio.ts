/** Makes the nodes that turn sound into an input of a model: frames, spectra, bands, logarithms. */
import { CompileError, type Problem } from "../../../base/error.js";
import { formatType, tensor } from "../../../base/tensor.js";
import { log, sqrt } from "../../builder/activation.js";
import { add, cast, clamp, maximum, mul, sub } from "../../builder/arithmetic.js";
import { permute, reshape, slice, split, unsqueeze } from "../../builder/movement.js";
import { amax } from "../../builder/reduction.js";
import { constant, record, type Value } from "../../builder/value.js";
import type { Prepared, PreparedInput, Preparer } from "../preparer.js";
import { binsOf, melBands, transformFilters, usedBins, type Bins } from "./filters.js";
import { frameCount, lengthsFor, paddingOf, reachOf } from "./frames.js";
import { AUDIO_SCHEMA, resolveAudio, type AudioPreparation, type AudioSpec } from "./spec.js";

export const audioPreparer: Preparer<AudioPreparation> = {
  kind: "audio",
  schema: AUDIO_SCHEMA,
  prepare: prepareAudio,
};

/** What there is to be made, and of what. */
interface Plan {
  readonly batch: number;
  readonly length: number;
  readonly frames: number;
}

function prepareAudio(given: AudioPreparation, input: PreparedInput): Prepared {
  const spec = resolveAudio(given);
  const problems = specProblems(spec);
  if (problems.length > 0) throw new CompileError(problems);
  const plan = planOf(spec, input);
  const dtype = spec.from === "i32" ? "i32" : "f32";
  return {
    inputs: [{ name: input.name, dtype, dims: [plan.batch, plan.length] }],
    apply: ([samples]) => {
      const bands = bandsOf(spec, spectrumOf(spec, plan, samples!));
      const scaled = scaledOf(spec, logOf(spec, bands));
      const turned = spec.layout === "frames-mels" ? permute(scaled, [0, 2, 1]) : scaled;
      return reshape(turned, input.type.dims);
    },
  };
}

/** What options have wrong together. */
function specProblems(spec: AudioSpec): Problem[] {
  const problems: Problem[] = [];
  const bad = (message: string, hint: string): void => {
    problems.push({ code: "bad-attribute", message, hint });
  };
  const { from, winLength, fftSize, fMin, fMax, sampleRate, log, dynamicRange } = spec;
  if (from === "i16") {
    const hint =
      'say from: "i32" and give it Int32Array.from(samples), or from: "f32" and give it samples / 32768';
    const message = "from: i16 is no element type that models have";
    problems.push({ code: "unsupported", message, hint });
  }
  if (winLength > fftSize)
    bad(`winLength ${winLength} is more than fftSize ${fftSize}`, "a window lies in its transform");
  if (spec.mels !== undefined && fMin >= fMax)
    bad(`fMin ${fMin} is not below fMax ${fMax}`, "bands go from fMin to fMax, in Hz");
  if (spec.mels !== undefined && fMax > sampleRate / 2)
    bad(`fMax ${fMax} is above ${sampleRate / 2}`, "half the sample rate is the highest frequency");
  if (log === "none" && dynamicRange !== undefined)
    bad("dynamicRange is given without log", "say which: natural, log10 or db");
  return problems;
}

/** Throws CompileError where what the front end makes is not what the model takes. */
function planOf(spec: AudioSpec, { type }: PreparedInput): Plan {
  const bins = spec.mels ?? binsOf(spec.fftSize);
  const [batch, inner] =
    type.dims.length > 2 ? [type.dims[0]!, type.dims.slice(1)] : [1, type.dims];
  const total = inner.reduce((product, dim) => product * dim, 1);
  const isOrdered = (frames: number): boolean => {
    const made = spec.layout === "frames-mels" ? [frames, bins] : [bins, frames];
    return withoutOnes(made).join() === withoutOnes(inner).join();
  };
  const wanted = total / bins;
  const takes = `the model takes ${formatType(type)}`;
  const named = `${bins} ${spec.mels === undefined ? "frequencies" : "mels"}`;
  if (type.dtype !== "f32") throw mismatch("type-mismatch", `makes f32, but ${takes}`, CAST);
  if (!Number.isInteger(wanted) || !isOrdered(wanted)) {
    const made = spec.layout === "frames-mels" ? `frames × ${named}` : `${named} × frames`;
    throw mismatch("shape-mismatch", `makes ${made}, but ${takes}`, LAYOUT);
  }
  const [least, most] = lengthsFor(spec, wanted);
  const length = spec.length ?? Math.min(least, most);
  const frames = frameCount(spec, length);
  if (frames !== wanted) {
    const message = `${length} samples make ${frames} frames, but ${takes}`;
    throw mismatch("shape-mismatch", message, `${least} … ${most} samples make ${wanted}`);
  }
  if (spec.padding === "reflect" && paddingOf(spec) >= length) {
    const message = `${length} samples are too few to reflect ${paddingOf(spec)} at each end`;
    throw mismatch("shape-mismatch", message, 'padding: "constant" or "none" needs no more');
  }
  return { batch, length, frames };
}

const CAST = "cast it in the model";
const LAYOUT =
  "set mels and layout to what the model takes; dims are [batch, …] or these two alone";

function mismatch(code: Problem["code"], message: string, hint: string): CompileError {
  return new CompileError([{ code, message, hint }]);
}

const withoutOnes = (dims: readonly number[]): readonly number[] => dims.filter((dim) => dim !== 1);

/** samples[batch, length] => magnitudes to the power, [batch, the bins that bands want, frames] */
function spectrumOf(spec: AudioSpec, { length, frames }: Plan, samples: Value): Value {
  const { start, end, padBefore, padAfter } = reachOf(spec, length, frames);
  const bins = binsWanted(spec);
  const count = bins.end - bins.first;
  const gain = spec.fullScale / (spec.from === "i32" ? 32768 : 1);
  const dims = [2 * count, 1, spec.winLength];
  const filters = tensor("f32", dims, transformFilters(spec, bins, gain));
  const floats = spec.from === "i32" ? cast(samples, "f32") : samples;
  const reached =
    start === 0 && end === length
      ? floats
      : slice(floats, { starts: [start], ends: [end], axes: [1] });
  const mono = unsqueeze(reached, [1]);
  const parts = record(mono, "conv", [mono, constant(mono, filters, "fourier")], {
    strides: [spec.hopLength],
    pads: [padBefore, padAfter],
    padMode: spec.padding === "reflect" ? "reflect" : "constant",
  });
  const [real, imaginary] = split(parts, [count, count], 1);
  const power = add(mul(real!, real!), mul(imaginary!, imaginary!));
  return spec.power === 2 ? power : sqrt(power);
}

function binsWanted(spec: AudioSpec): Bins {
  const { mels } = spec;
  return mels === undefined
    ? { first: 0, end: binsOf(spec.fftSize) }
    : usedBins(melBands({ ...spec, mels }));
}

/** [batch, bins, frames] => [batch, mels, frames] */
function bandsOf(spec: AudioSpec, spectrum: Value): Value {
  const { mels } = spec;
  if (mels === undefined) return spectrum;
  const { first, end } = binsWanted(spec);
  const bands = melBands({ ...spec, mels }).map((band) => band.subarray(first, end));
  const weights = tensor(
    "f32",
    [mels, end - first, 1],
    bands.flatMap((band) => [...band]),
  );
  return record(spectrum, "conv", [spectrum, constant(spectrum, weights, "mel")], {});
}

/** What a natural logarithm is multiplied by. */
function logFactor({ log: kind, power }: AudioSpec): number {
  switch (kind) {
    case "log10":
      return Math.LOG10E;
    case "db":
      return (power === 2 ? 10 : 20) * Math.LOG10E;
    default:
      return 1;
  }
}

function logOf(spec: AudioSpec, bands: Value): Value {
  if (spec.log === "none") return bands;
  const moved = spec.offset === 0 ? bands : add(bands, scalar(bands, spec.offset));
  const taken = multiplied(log(clamp(moved, { min: spec.floor })), logFactor(spec));
  if (spec.dynamicRange === undefined) return taken;
  const greatest = amax(taken, { dim: [1, 2], keepdim: true });
  return maximum(taken, sub(greatest, scalar(taken, spec.dynamicRange)));
}

function scaledOf({ scale, shift }: AudioSpec, x: Value): Value {
  const scaled = multiplied(x, scale);
  return shift === 0 ? scaled : add(scaled, scalar(scaled, shift));
}

const multiplied = (x: Value, factor: number): Value =>
  factor === 1 ? x : mul(x, scalar(x, factor));

const scalar = (like: Value, value: number): Value => constant(like, tensor("f32", [], [value]));
