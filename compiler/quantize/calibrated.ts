/** A network with what samples made of it, before it is decided which layers are quantised. */
import type { PlanOptions } from "../compile.js";
import type { BuildModel } from "../golden/prepareCase.js";
import type { Graph } from "../graph/graph.js";
import type { Calibration } from "./calibrate.js";
import { quantizeNetwork, type QuantizedNetwork } from "./network.js";
import type { QuantizePlan } from "./plan.js";
import { PERCENTILE, type Method } from "./range.js";
import type { SampleSource, Split } from "./samples.js";

export interface QuantizeOptions extends Pick<
  PlanOptions,
  "shapes" | "values" | "readFile" | "budget"
> {
  /** How the range of bytes is chosen from what samples make of a value; `mse` by default. */
  readonly method?: Method;
  /** Of `percentile`: per cent of values that are to be in range at either end; 99.99 by default. */
  readonly percentile?: number;
  /** Names of layers, or of what they are parts of, that are left in f32. */
  readonly keep?: readonly string[];
  /** Samples that the report is of; by default some of the others are held back for it. */
  readonly testSamples?: readonly SampleSource[];
  /** How many are held back: a share of them below 1, so many from 1 on; 0.2 by default. */
  readonly holdBack?: number;
  /** Decides which are held back; 1 by default. */
  readonly seed?: number;
  /** Takes from biases what rounded weights shift the mean of outputs by; true by default. */
  readonly biasCorrection?: boolean;
  /** Scales channels of what layers read so that one scale fits all, where that saves noise; true by default. */
  readonly equalize?: boolean;
  /** Tries out which layers would better be left in f32 where answers change; true by default. */
  readonly propose?: boolean;
  /** Called with what is done next. */
  readonly onProgress?: (step: string) => void;
}

export interface Calibrated {
  readonly graph: Graph;
  readonly calibration: Calibration;
  readonly options: QuantizeOptions;
  readonly split: Split<SampleSource>;
  readonly build: BuildModel;
}

export function biasCorrectionOf({ biasCorrection = true }: QuantizeOptions): boolean {
  return biasCorrection;
}

/** The plan's integers by what was calibrated. Throws CompileError `bad-samples`. */
export function networkOf(
  { graph, calibration, options }: Calibrated,
  plan: QuantizePlan,
): QuantizedNetwork {
  return quantizeNetwork(graph, plan, calibration, {
    method: options.method ?? "mse",
    percentile: options.percentile ?? PERCENTILE,
    biasCorrection: biasCorrectionOf(options),
    readFile: options.readFile,
  });
}
