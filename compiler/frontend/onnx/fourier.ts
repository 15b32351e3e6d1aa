/** Discrete Fourier transforms as products with constant matrices: of one step, or of two where that takes less. */
import { elementCount, type Tensor } from "../../base/tensor.js";
import { layer, refuse, reshape, transpose, type Value } from "./importSite.js";

/** What is computed of which samples: e^(∓2πi·k·l/length), summed over l, for the first `bins` of k. */
export interface Transform {
  readonly length: number;
  readonly bins: number;
  readonly inverse: boolean;
}

/** A value of these dims; its last one has the real part, or the real and the imaginary part. */
export interface Complex {
  readonly value: Value;
  readonly dims: readonly number[];
}

/** Up to this length, and where the length has no divisors, there is one matrix. */
const ONE_STEP = 64;
/** Elements of a matrix. */
const LARGEST_TABLE = 2 ** 24;

/** x[before…, l, after…, part] => y[before…, bins, after…, 2] along `axis`, cut or filled with zeros to its length. */
export function fourier({ value, dims }: Complex, axis: number, transform: Transform): Complex {
  const { length, bins } = transform;
  const [before, after] = [dims.slice(0, axis), dims.slice(axis + 1, -1)];
  const to = [...before, bins, ...after, 2];
  const samples = Math.min(dims[axis]!, length);
  const cut =
    samples === dims[axis]
      ? value
      : layer("slice", [value], { starts: [0], ends: [samples], axes: [axis] });
  const flat: Flat = {
    value: cut,
    batch: elementCount(before),
    samples,
    inner: elementCount(after),
    parts: dims.at(-1)!,
  };
  const factor = factorOf(length);
  const planes =
    factor === undefined ? oneStep(flat, transform) : twoSteps(flat, transform, factor);
  return { value: layer("reshape", [planes], { shape: to }), dims: to };
}

/** x[batch, samples, inner, parts], whatever dims it has. */
interface Flat {
  readonly value: Value;
  readonly batch: number;
  readonly samples: number;
  readonly inner: number;
  readonly parts: number;
}

/** x => [batch, bins, inner, 2] */
function oneStep(x: Flat, transform: Transform): Value {
  const { length, bins } = transform;
  const scale = transform.inverse ? 1 / length : 1;
  const planes = product(x, transform, scale);
  return transpose(reshape(planes, x.batch, bins, 2, x.inner), 0, 1, 3, 2);
}

/** x => [batch, (bins, 2), inner] */
function product(
  { value, batch, samples, inner, parts }: Flat,
  to: Transform,
  scale: number,
): Value {
  const apart = parts === 1 || inner === 1;
  const rows = apart ? value : transpose(reshape(value, batch, samples, inner, parts), 0, 1, 3, 2);
  const columns = inner === 1 ? [] : [inner];
  const weights = fourierMatrix(to, samples, parts, scale);
  return layer("matmul", [reshape(rows, batch, samples * parts, ...columns), weights], { axis: 1 });
}

/** The matrix [(bins, 2), (samples, parts)] of a transform, times a scale. */
function fourierMatrix(
  { length, bins, inverse }: Transform,
  samples: number,
  parts: number,
  scale: number,
): Tensor {
  const width = samples * parts;
  const dims = [2 * bins, width];
  rejectLarge(elementCount(dims), length);
  const data = new Float32Array(elementCount(dims));
  const sign = inverse ? 2 : -2;
  for (let k = 0; k < bins; k++) {
    for (let l = 0; l < samples; l++) {
      // The turn is taken as a whole number, so that no angle is large.
      const angle = (sign * Math.PI * ((k * l) % length)) / length;
      const [re, im] = [scale * Math.cos(angle), scale * Math.sin(angle)];
      const at = 2 * k * width + l * parts;
      data[at] = re;
      data[at + width] = im;
      if (parts === 1) continue;
      data[at + 1] = -im;
      data[at + width + 1] = re;
    }
  }
  return { type: { dtype: "f32", dims }, data };
}

function rejectLarge(elements: number, length: number): void {
  if (elements <= LARGEST_TABLE) return;
  refuse(
    `a transform of ${length} samples takes a table of ${elements} numbers`,
    "a length that is a product of small factors takes less",
    "too-large",
  );
}

/** The divisor nearest to the root from below, where two steps take less than one. */
function factorOf(length: number): number | undefined {
  if (length <= ONE_STEP) return undefined;
  for (let n = Math.floor(Math.sqrt(length)); n > 2; n--) if (length % n === 0) return n;
  return undefined;
}

/**
 * x => [batch, bins, inner, 2], as Cooley and Tukey have it: with l = n2·l1 + l2 and k = k1 + n1·k2,
 * y[k] = Σ over l2 of e^(∓2πi·l2·k/length) · Σ over l1 of e^(∓2πi·l1·k1/n1) · x[l].
 */
function twoSteps(x: Flat, { length, bins, inverse }: Transform, n1: number): Value {
  const n2 = length / n1;
  const filled = x.samples === length ? x.value : zeroFilled(x, length);
  const first = product(
    { ...x, value: filled, samples: n1, inner: n2 * x.inner },
    { length: n1, bins: n1, inverse },
    1,
  );
  const k2 = Math.ceil(bins / n1);
  const operand = reshape(first, x.batch, n1, 2 * n2, x.inner);
  const second = layer("matmul", [secondMatrices(length, n1, k2, inverse), operand]);
  const ordered = transpose(reshape(second, x.batch, n1, k2, 2, x.inner), 0, 2, 1, 4, 3);
  const all = reshape(ordered, x.batch, k2 * n1, x.inner, 2);
  return k2 * n1 === bins ? all : layer("slice", [all], { starts: [0], ends: [bins], axes: [1] });
}

function zeroFilled({ value, batch, samples, inner, parts }: Flat, length: number): Value {
  const pads = [0, 0, 0, 0, length - samples, 0];
  return layer("pad", [reshape(value, batch, samples, inner * parts)], { pads });
}

/** [k1, (k2, 2), (2, l2)]: the parts of what the first step made are planes. */
function secondMatrices(length: number, n1: number, count: number, inverse: boolean): Tensor {
  const n2 = length / n1;
  const dims = [n1, 2 * count, 2 * n2];
  rejectLarge(elementCount(dims), length);
  const data = new Float32Array(elementCount(dims));
  const [sign, scale] = inverse ? [2, 1 / length] : [-2, 1];
  for (let k1 = 0; k1 < n1; k1++) {
    for (let k2 = 0; k2 < count; k2++) {
      const real = (k1 * count + k2) * 4 * n2;
      for (let l2 = 0; l2 < n2; l2++) {
        const angle = (sign * Math.PI * ((l2 * (k1 + n1 * k2)) % length)) / length;
        const [re, im] = [scale * Math.cos(angle), scale * Math.sin(angle)];
        data[real + l2] = re;
        data[real + n2 + l2] = -im;
        data[real + 2 * n2 + l2] = im;
        data[real + 3 * n2 + l2] = re;
      }
    }
  }
  return { type: { dtype: "f32", dims }, data };
}
