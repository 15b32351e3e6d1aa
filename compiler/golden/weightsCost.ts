/** What narrow weights cost in accuracy: how far outputs are from those of the model with f32 weights, on drawn inputs. */
import { FLOATS, type Tensor } from "../base/tensor.js";
import type { Graph } from "../graph/graph.js";
import { startAgreement, type Agreement, type AgreementMeter } from "./agreement.js";
import { drawInputs } from "./drawInputs.js";

type Outputs = ReadonlyMap<string, Tensor>;
type Run = (inputs: ReadonlyMap<string, Tensor>) => Promise<Outputs>;

export interface OutputCost extends Agreement {
  readonly name: string;
}

/** Vectors of fewer elements are hardly classes. */
const FEWEST_CLASSES = 6;

/** Of two modules on the same inputs, one cost for each output of floats. */
export async function weightsCost(
  graph: Graph,
  exact: Run,
  narrow: Run,
  { runs, seed }: { readonly runs: number; readonly seed: number },
): Promise<readonly OutputCost[]> {
  const meters = new Map<string, AgreementMeter>();
  for (let i = 0; i < runs; i++) {
    const inputs = drawInputs(graph, seed + i);
    const [expected, actual] = [await exact(inputs), await narrow(inputs)];
    for (const [name, want] of expected) {
      if (!FLOATS.has(want.type.dtype)) continue;
      const meter = meters.get(name) ?? meterOf(want);
      meters.set(name, meter);
      meter.add(actual.get(name)!.data, want.data);
    }
  }
  return [...meters].map(([name, meter]) => ({ name, ...meter.read() }));
}

export function costOf(name: string, actual: Tensor, expected: Tensor): OutputCost {
  const meter = meterOf(expected);
  meter.add(actual.data, expected.data);
  return { name, ...meter.read() };
}

/** Of a value, as answers where it ends in as many elements as classes have. */
export function meterOf({ type: { dims } }: Tensor): AgreementMeter {
  return startAgreement(dims, dims.length <= 2 && (dims.at(-1) ?? 1) >= FEWEST_CLASSES);
}

/** `logits: largest error 0.012, 0.4 % of its rms, 52.1 dB of signal to noise; the best class is the same in 4 of 4, the best five in 4` */
export function formatCost({ name, error, relative, signalToNoise, classes }: OutputCost): string {
  const short = (number: number): string => String(Number(number.toPrecision(2)));
  const line = `${name}: largest error ${short(error)}, ${short(100 * relative)} % of its rms, ${decibels(signalToNoise)} of signal to noise`;
  if (classes === undefined) return line;
  const { vectors, top1, top5 = vectors } = classes;
  return `${line}; the best class is the same in ${top1} of ${vectors}, the best five in ${top5}`;
}

export function decibels(ratio: number): string {
  return Number.isFinite(ratio) ? `${ratio.toFixed(1)} dB` : ratio > 0 ? "no noise" : "no signal";
}
