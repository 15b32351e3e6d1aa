/** What quantising a network costs, as data. */
import type { Agreement } from "../golden/agreement.js";
import type { Method, Range } from "./range.js";

/** Of a layer, or of another value that is bytes. */
export interface LayerCost {
  readonly name: string;
  readonly op: string;
  /** What its value's bytes reach, and the scale and zero point for it; absent where it stays in floats. */
  readonly range?: Range;
  readonly scale?: number;
  readonly zero?: number;
  /** Of a layer with weights, if it were the only one to read bytes: before its activation, and in floats. */
  readonly alone?: Agreement;
  /** In the quantised network, where everything before it is quantised, too; behind an activation that its range does the work of. */
  readonly inNetwork: Agreement;
}

export interface OutputAgreement extends Agreement {
  readonly name: string;
}

/** How often the answer is the label. */
export interface LabelCounts {
  readonly samples: number;
  readonly f32: number;
  readonly quantized: number;
}

export interface NetworkCost {
  readonly outputs: readonly OutputAgreement[];
  /** Of the first output that is answers, where samples have labels. */
  readonly labels?: LabelCounts;
}

/** Layers that would better stay in floats. */
export interface Proposal {
  /** For --keep. */
  readonly keep: readonly string[];
  /** What the network would cost then, on the same samples. */
  readonly cost: NetworkCost;
  /** Of the file. */
  readonly bytes: number;
}

export interface QuantizationReport {
  readonly model: string;
  readonly method: Method;
  readonly biasCorrection: boolean;
  readonly equalize: boolean;
  readonly samples: {
    readonly calibration: number;
    /** Which the figures are of. */
    readonly test: number;
    /** `held-back`: no scale knows of them; `calibration`: the same that scales come from. */
    readonly from: "held-back" | "test-data" | "calibration";
  };
  /** Layers that were left in floats because of `keep`. */
  readonly kept: readonly string[];
  readonly layers: readonly LayerCost[];
  readonly network: NetworkCost;
  /** Where the network answers otherwise too often: what would help, tried out. */
  readonly proposal?: Proposal;
  /** Of an ONNX file of the same network with f32 weights, and of this one. */
  readonly bytes: { readonly f32: number; readonly quantized: number };
}
