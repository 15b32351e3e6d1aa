/** Decides whether multiples of some numbers can add up to another: whether two addresses can be the same. */

/** Any number of [min, max] times a coefficient above 0. */
export interface Multiple {
  readonly coefficient: number;
  readonly min: number;
  readonly max: number;
  /** All of them but 0. */
  readonly isOther?: boolean;
}

/** Choices that are tried before a sum counts as one that can be. */
const MOST_CHOICES = 1000;

/**
 * Whether c0·x0 + c1·x1 + … can lie in [low, high]; "yes" too where that takes too long to tell. Coefficients are
 * gone through from the largest: the rest does not reach far, which leaves a choice of few x0.
 */
export function canAddUp(multiples: readonly Multiple[], low: number, high: number): boolean {
  const sorted = [...multiples].sort((a, b) => b.coefficient - a.coefficient);
  const reaches = sorted.map((_, i) => reachOf(sorted.slice(i + 1)));
  let choices = 0;
  const search = (at: number, from: number, to: number): boolean => {
    const multiple = sorted[at];
    if (multiple === undefined) return from <= 0 && to >= 0;
    const { coefficient, min, max, isOther } = multiple;
    const [least, most] = reaches[at]!;
    const first = Math.max(min, Math.ceil((from - most) / coefficient));
    const last = Math.min(max, Math.floor((to - least) / coefficient));
    for (let x = first; x <= last; x++) {
      if (isOther === true && x === 0) continue;
      if (++choices > MOST_CHOICES) return true;
      if (search(at + 1, from - coefficient * x, to - coefficient * x)) return true;
    }
    return false;
  };
  return search(0, low, high);
}

function reachOf(multiples: readonly Multiple[]): readonly [least: number, most: number] {
  let [least, most] = [0, 0];
  for (const { coefficient, min, max } of multiples) {
    least += coefficient * min;
    most += coefficient * max;
  }
  return [least, most];
}
