/** The arithmetic of two stacked convolutions as one: its window along each dimension, its weights, its bias. */

/** One spatial dimension of two stacked convolutions; the first reads `input` elements, the second gives `output`. */
export interface StackedDim {
  readonly input: number;
  readonly output: number;
  readonly first: WindowDim;
  readonly second: WindowDim;
}

export interface WindowDim {
  readonly kernel: number;
  readonly stride: number;
  readonly dilation: number;
  readonly begin: number;
  readonly end: number;
}

/** The window of the one convolution; tap k1 of the first and k2 of the second meet at tap from1·k1 + from2·k2. */
export interface ComposedDim extends WindowDim {
  readonly from1: number;
  readonly from2: number;
}

/**
 * output p reads x at s1·s2·p + s1·d2·k2 + d1·k1 − (pads1 + s1·pads2). The padding at the end is what the last
 * output needs: rounding down twice is rounding down once, so none gives more outputs than there were.
 */
export function composeDim({ input, output, first, second }: StackedDim): ComposedDim {
  const step1 = first.kernel > 1 ? first.dilation : 0;
  const step2 = second.kernel > 1 ? first.stride * second.dilation : 0;
  const dilation = Math.max(1, gcd(step1, step2));
  const [from1, from2] = [step1 / dilation, step2 / dilation];
  const kernel = (first.kernel - 1) * from1 + (second.kernel - 1) * from2 + 1;
  const stride = first.stride * second.stride;
  const begin = first.begin + first.stride * second.begin;
  const end = stride * (output - 1) + (kernel - 1) * dilation + 1 - input - begin;
  return { kernel, stride, dilation, begin, end: Math.max(0, end), from1, from2 };
}

function gcd(a: number, b: number): number {
  let [x, y] = [a, b];
  while (y !== 0) [x, y] = [y, x % y];
  return x;
}

/** A weight tensor [outputs, inputs, kernel…]. */
export interface Weights {
  readonly data: Float32Array;
  readonly outputs: number;
  readonly inputs: number;
  readonly kernel: readonly number[];
}

/** w[o, i, from1·k1 + from2·k2] = Σ over m, k1, k2 of second[o, m, k2] · first[m, i, k1], in f64. */
export function composeWeights(
  first: Weights,
  second: Weights,
  dims: readonly ComposedDim[],
): Float32Array {
  const taps1 = tapsOf(first.kernel);
  const taps2 = tapsOf(second.kernel);
  const kernel = dims.map((dim) => dim.kernel);
  const taps = kernel.reduce((product, extent) => product * extent, 1);
  const rows1 = taps1.map((_, at) => tapMatrix(first, at, taps1.length));
  const size = second.outputs * first.inputs;
  const sums = Array.from({ length: taps }, () => new Float64Array(size));
  taps2.forEach((k2, at2) => {
    const row2 = tapMatrix(second, at2, taps2.length);
    taps1.forEach((k1, at1) => {
      const tap = dims.reduce(
        (flat, dim, d) => flat * dim.kernel + dim.from1 * k1[d]! + dim.from2 * k2[d]!,
        0,
      );
      addProduct(sums[tap]!, row2, rows1[at1]!, first.outputs, first.inputs);
    });
  });
  const data = new Float32Array(size * taps);
  sums.forEach((sum, tap) => sum.forEach((value, at) => (data[at * taps + tap] = value)));
  return data;
}

/** Every position in a kernel, in row-major order. */
function tapsOf(kernel: readonly number[]): number[][] {
  let taps: number[][] = [[]];
  for (const extent of kernel) {
    taps = taps.flatMap((tap) => Array.from({ length: extent }, (_, at) => [...tap, at]));
  }
  return taps;
}

/** The matrix [outputs, inputs] of one tap. */
function tapMatrix({ data, outputs, inputs }: Weights, tap: number, taps: number): Float64Array {
  return Float64Array.from({ length: outputs * inputs }, (_, at) => data[at * taps + tap]!);
}

/** sum[o, i] += Σ a[o, m] · b[m, i] */
function addProduct(
  sum: Float64Array,
  a: Float64Array,
  b: Float64Array,
  middle: number,
  inputs: number,
): void {
  for (let at = 0; at < a.length; at++) {
    const factor = a[at]!;
    const to = Math.floor(at / middle) * inputs;
    const from = (at % middle) * inputs;
    for (let i = 0; i < inputs; i++) sum[to + i]! += factor * b[from + i]!;
  }
}

/** bias[o] = second bias[o] + Σ over m, k2 of second[o, m, k2] · first bias[m]; undefined where both are absent. */
export function composeBias(
  firstBias: Float32Array | undefined,
  second: Weights,
  secondBias: Float32Array | undefined,
): Float32Array | undefined {
  if (firstBias === undefined) return secondBias;
  const perOutput = second.data.length / second.outputs;
  const taps = perOutput / second.inputs;
  return Float32Array.from({ length: second.outputs }, (_, o) => {
    let sum = secondBias?.[o] ?? 0;
    for (let at = 0; at < perOutput; at++) {
      sum += second.data[o * perOutput + at]! * firstBias[Math.floor(at / taps)]!;
    }
    return sum;
  });
}
