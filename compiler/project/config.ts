/** What a project says of its models: the options of the command line as typed data. */
import { basename, dirname, join } from "node:path";
import type { Interpretation } from "../frontend/interpretation/kinds.js";
import type { Preparation } from "../frontend/preparation/kinds.js";
import type { TargetName } from "../targets/index.js";
import type { Given } from "./given.js";

/** Options of one model; each is the option of the command line of that name. Paths are relative to the file that says them. */
export interface ModelOptions {
  readonly target?: TargetName;
  /** Dims of inputs: `{ image: [1, 3, 224, 224] }`. */
  readonly shape?: Readonly<Record<string, readonly number[]>>;
  /** Inputs that are constants: numbers, or the .npy files of their values. */
  readonly bind?: Readonly<Record<string, string | number | readonly number[]>>;
  /** Inputs that are kept from run to run, with the outputs that they become: `{ h0: "hn" }`. */
  readonly state?: Readonly<Record<string, string>>;
  /** What states are at first, zeros by default: the .npy files of their values. */
  readonly initial?: Readonly<Record<string, string>>;
  /** Parameters by their names, .safetensors, .npz or .npy. */
  readonly weightsFrom?: string;
  /** How inputs are made of pictures or of sound: `{ input: image({ fit: "crop" }) }`. */
  readonly preprocess?: Readonly<Record<string, Preparation>>;
  /** What is made of outputs: `{ logits: classes({ top: 5 }) }`. */
  readonly postprocess?: Readonly<Record<string, Interpretation>>;
  /** Names of classes, a line each or a JSON array. */
  readonly labels?: string;
  /** `exact` rounds to 16 bits wherever an .onnx file stores f16 or bf16; by default what is computed stays f32. */
  readonly half?: "f32" | "exact";
  /** `f32` makes inputs and outputs f32 that are f16, bf16 or f64 in an .onnx file. */
  readonly ports?: "stored" | "f32";
  /** `keep` leaves weights below f32's least normal number, which many processors multiply slowly; zeros by default. */
  readonly subnormals?: "flush" | "keep";
  readonly seed?: number;
  readonly expose?: readonly string[];
  /** Values of the file that the model ends at, instead of its own outputs. */
  readonly output?: readonly string[];
  /** How large weights of products are kept; f32 by default. */
  readonly weightsType?: "f32" | "f16" | "int8";
  /** What products with constant weights are computed in; f32 by default, `auto` is int8 where that is faster. */
  readonly arithmetic?: "f32" | "int8" | "auto";
  /** Layers that stay f32 with another `arithmetic`. */
  readonly keep?: readonly string[];
  /** Passes that are left out. */
  readonly disable?: readonly string[];
  /** Windows by Winograd's algorithm: where it takes less time (`auto`), nowhere, or with four (`f2`) or more points along each dimension wherever it can be. */
  readonly winograd?: "off" | "f2" | "f4" | "auto";
  /** Schedules that `build --tune` timed. */
  readonly schedules?: string;
  /** What compiling may take, such as `{ seconds: 10 }`. */
  readonly budget?: Readonly<Record<string, number>>;
  /** Of the files, without ending. */
  readonly name?: string;
  readonly outDir?: string;
  readonly weights?: "inline" | "file";
  readonly wasm?: "inline" | "file";
  readonly simd?: "both" | "plain" | "relaxed";
  /** Code that several threads run at once. */
  readonly threads?: boolean;
  readonly emit?: "wat";
  readonly standalone?: boolean;
  readonly contentNames?: boolean;
  readonly js?: boolean;
  readonly format?: "esm" | "cjs";
  /** Replaces files that are not Tilewright's, or are of another model. */
  readonly force?: boolean;
  /** Most bytes of all files together: a number, or text such as "1.5MB" or "300KiB". */
  readonly maxSize?: number | string;
  /** Most bytes of them gzipped. */
  readonly maxDownload?: number | string;
  /** Most bytes of memory, weights and arena. */
  readonly maxMemory?: number | string;
  /** Most multiply-adds of a run: a number, or text such as "300M". */
  readonly maxMacs?: number | string;
}

export interface ModelConfig extends ModelOptions {
  /** Path of the model. */
  readonly model: string;
}

/** Options of all models, and models with their own. */
export interface ProjectConfig extends ModelOptions {
  readonly models?: readonly ModelConfig[];
}

/** Gives an object its type in tilewright.config.ts; nothing else. */
export const defineConfig = (config: ProjectConfig): ProjectConfig => config;

/** A model and what is said of it, as a command line would say it. */
export interface ModelRequest {
  /** Absolute. */
  readonly model: string;
  readonly given: Given;
}

/** A config as requests: what is said of all models, and the models it lists. */
export interface ProjectRequest {
  readonly shared: Given;
  readonly models: readonly ModelRequest[];
}

/** models/net.onnx => net, digits.model.ts => digits */
export function stemOf(model: string): string {
  return basename(model).replace(/(\.model)?\.[A-Za-z]+$/, "");
}

/** models/net.onnx => models/net.tilewright.json */
export function optionsFileOf(model: string): string {
  return join(dirname(model), `${stemOf(model)}.tilewright.json`);
}
