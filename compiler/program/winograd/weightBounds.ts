/** What the weights that there are say of integers: how large they are, and sums of products with them at most. */
import { constantTensor } from "../../graph/constants.js";
import { mentions } from "../../compute/walk.js";
import { sourcesOf } from "../dots/computes.js";
import { sumsOf } from "../dots/words.js";
import type { ProgramKernel, Value } from "../program.js";
import type { Windowed } from "./window.js";

/** Windows over integers with the bounds that their weights have; as they are where those are not at hand. */
export function boundedByWeights(
  windowed: Windowed,
  { operands }: ProgramKernel,
  values: readonly Value[],
): Windowed {
  const { w, integers, outputs, groups } = windowed;
  const source = operands[sourcesOf(0).words] ?? operands[w.source]!;
  const { constant } = values[source]!;
  if (integers === undefined || constant === undefined) return windowed;
  if (constant.source.kind === "file") return windowed;
  const { weight, up, down } = extremesOf(
    Int32Array.from(constantTensor(constant).data as ArrayLike<number>),
    constant.fields === undefined ? 1 : 4,
  );
  const kept = w.index.flatMap((one, d) =>
    [outputs, ...groups].some(({ name }) => mentions(one, name)) ? [d] : [],
  );
  const [positive, negative] = [up, down].map((of) => sumsOf(of, constant.type.dims, kept));
  const { low, high } = integers;
  const sum = positive!.reduce((most, above, i) => {
    const below = negative![i]!;
    return Math.max(most, above * high - below * low, below * high - above * low);
  }, 0);
  return { ...windowed, integers: { ...integers, weight, sum } };
}

/** The largest size of all numbers, and of each element the sums of those above and below 0: of a number, or four bytes. */
function extremesOf(
  data: Int32Array<ArrayBuffer>,
  each: 1 | 4,
): {
  readonly weight: number;
  readonly up: Int32Array<ArrayBuffer>;
  readonly down: Int32Array<ArrayBuffer>;
} {
  const [up, down] = [new Int32Array(data.length), new Int32Array(data.length)];
  let [most, least] = [0, 0];
  for (let i = 0; i < data.length; i++)
    for (let part = 0; part < each; part++) {
      const value = each === 1 ? data[i]! : (data[i]! << (8 * part)) >> 24;
      if (value > 0) up[i]! += value;
      else down[i]! -= value;
      most = Math.max(most, value);
      least = Math.min(least, value);
    }
  return { weight: Math.max(most, -least), up, down };
}
