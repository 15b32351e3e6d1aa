/** What an approximation of a model costs: how far its values are from the exact ones over any number of runs, and how many answers stay the same. */
import type { TensorData } from "../base/tensor.js";
import { difference } from "./compareTensors.js";

export interface Agreement {
  /** Elements that were compared. */
  readonly values: number;
  /** The largest difference of an element; Infinity where one alone is NaN or infinite. */
  readonly error: number;
  /** That by the root mean square of what is exact. */
  readonly relative: number;
  /** 10 · log₁₀(Σ exact² / Σ difference²), in dB; Infinity where nothing differs. */
  readonly signalToNoise: number;
  /** Of values that are answers. */
  readonly classes?: ClassAgreement;
}

/** Of vectors with a number for each class, how many have the same best ones. */
export interface ClassAgreement {
  readonly vectors: number;
  /** The greatest is the same class; of a single class, whether it is at least a half. */
  readonly top1: number;
  /** The five greatest are the same classes, in any order; absent where there are no more than five. */
  readonly top5?: number;
}

export interface AgreementMeter {
  /** Compares values of one run, and keeps none. Throws an Error where they are not as many. */
  add(actual: TensorData, exact: TensorData): void;
  /** Of everything that was added. */
  read(): Agreement;
}

/**
 * Adds up what runs differ by in a value of these dims. With `asClasses` it is answers, too: vectors along the
 * last dimension, of maps [n, classes, height, width …] along the second.
 */
export function startAgreement(dims: readonly number[], asClasses = false): AgreementMeter {
  let [values, error, signal, noise] = [0, 0, 0, 0];
  const meter = asClasses ? startClasses(dims) : undefined;
  return {
    add(actual, exact) {
      if (actual.length !== exact.length)
        throw new Error(`${actual.length} values are compared with ${exact.length}`);
      for (let i = 0; i < exact.length; i++) {
        const want = Number(exact[i]);
        const off = difference(Number(actual[i]), want);
        error = Math.max(error, off);
        noise += off * off;
        signal += want * want;
      }
      values += exact.length;
      meter?.add(actual, exact);
    },
    read() {
      const rms = Math.sqrt(signal / Math.max(1, values));
      const relative = error === 0 ? 0 : error / rms;
      const signalToNoise = noise === 0 ? Infinity : 10 * Math.log10(signal / noise);
      const classes = meter?.read();
      return { values, error, relative, signalToNoise, ...(classes !== undefined && { classes }) };
    },
  };
}

/** Where the numbers of a vector lie. */
interface Vector {
  readonly from: number;
  readonly classes: number;
  readonly stride: number;
}

const FIVE = 5;

function startClasses(dims: readonly number[]) {
  const axis = dims.length > 3 ? 1 : dims.length - 1;
  const classes = dims[axis] ?? 1;
  const stride = dims.slice(axis + 1).reduce((product, dim) => product * dim, 1);
  let [vectors, top1, top5] = [0, 0, 0];
  const compare = (actual: TensorData, exact: TensorData, from: number): void => {
    const [a, b] = [actual, exact].map((data) => bestClasses(data, { from, classes, stride }));
    vectors++;
    if (a![0] === b![0]) top1++;
    if (a!.length === b!.length && a!.every((one) => b!.includes(one))) top5++;
  };
  return {
    add(actual: TensorData, exact: TensorData): void {
      for (let block = 0; block < exact.length; block += classes * stride)
        for (let i = 0; i < stride; i++) compare(actual, exact, block + i);
    },
    read: (): ClassAgreement => ({ vectors, top1, ...(classes > FIVE && { top5 }) }),
  };
}

/**
 * The five best classes of a vector, the best first, of equal ones the lower; of a single class 1 for yes and 0
 * for no. With NaN among them none is best.
 */
export function bestClasses(
  data: TensorData,
  { from, classes, stride }: Vector,
): readonly number[] {
  const valueOf = (at: number): number => Number(data[from + at * stride]);
  if (classes === 1) return [Number(valueOf(0) >= 0.5)];
  const best: number[] = [];
  for (let at = 0; at < classes; at++) {
    if (Number.isNaN(valueOf(at))) return [];
    let rank = best.length;
    while (rank > 0 && valueOf(at) > valueOf(best[rank - 1]!)) rank--;
    if (rank < FIVE) best.splice(rank, 0, at);
    if (best.length > FIVE) best.pop();
  }
  return best;
}
