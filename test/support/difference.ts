/** How far apart two tensors are, in the units in which ops state their tolerance. */
import { EPSILON, ORDINARY, ordinaryRms } from "../../compiler/golden/tolerance.js";
import { formatType, sameType, type Tensor } from "../../compiler/base/tensor.js";

export { ordinaryRms };

export interface Difference {
  /** Worst error in eps · sqrt(reduction length) · rms; Infinity where NaN, ±∞, an integer or the type differs. */
  readonly units: number;
  /** Zeros of another sign. */
  readonly zeros: number;
  /** What the worst element is, and what it should be. */
  readonly worst: string;
}

/** `least`: elements are no smaller than this to those who compute them, whatever their root mean square. */
export function differenceOf(
  actual: Tensor,
  expected: Tensor,
  reductionLength: number,
  least = 0,
): Difference {
  if (!sameType(actual.type, expected.type)) {
    const worst = `${formatType(actual.type)} instead of ${formatType(expected.type)}`;
    return { units: Infinity, zeros: 0, worst };
  }
  const rms = Math.max(ordinaryRms(expected), least);
  const unit = EPSILON * Math.sqrt(reductionLength);
  let result: Difference = { units: 0, zeros: 0, worst: "" };
  for (let i = 0; i < expected.data.length; i++) {
    const [got, want] = [Number(actual.data[i]!), Number(expected.data[i]!)];
    if (Object.is(got, want)) continue;
    if (got === want) {
      result = { ...result, zeros: result.zeros + 1 };
      continue;
    }
    const scale = Math.abs(want) <= ORDINARY ? rms : Math.abs(want);
    const exact = expected.type.dtype !== "f32" || !Number.isFinite(got) || !Number.isFinite(want);
    const units = exact ? Infinity : Math.abs(got - want) / (unit * scale);
    if (units > result.units)
      result = { ...result, units, worst: `element ${i} is ${got} instead of ${want}` };
  }
  return result;
}
