/** Functions of real numbers by other formulas than the ops use, so that a mistake in one shows. */
export const clamp = (x: number, low: number, high: number): number =>
  Number.isNaN(x) ? x : x < low ? low : x > high ? high : x;
const logistic = (x: number): number => Math.exp(x) / (Math.exp(x) + 1);
export const sigmoid = (x: number): number => (x > 30 ? 1 : x === -Infinity ? 0 : logistic(x));
export const log1pExp = (x: number): number => (x > 40 ? x : Math.log(1 + Math.exp(x)));
export const elu = (x: number, alpha: number): number => {
  if (x >= 0) return x;
  return alpha * (x > -1e-9 ? x : Math.exp(x) - 1);
};
export const sign = (x: number): number => (x > 0 ? 1 : x < 0 ? -1 : x);
export const tanh = (x: number): number => {
  if (x === 0 || Number.isNaN(x)) return x;
  return Math.abs(x) > 30 ? sign(x) : 1 - 2 / (Math.exp(2 * x) + 1);
};

/** ∫ 2/√π e^(−t²) from 0 to x by Simpson's rule. */
export function erf(x: number): number {
  if (x === 0 || Number.isNaN(x)) return x;
  if (Math.abs(x) > 6) return sign(x);
  const end = Math.abs(x);
  const steps = 2000;
  let sum = 0;
  for (let i = 0; i <= steps; i++) {
    const weight = i === 0 || i === steps ? 1 : i % 2 === 1 ? 4 : 2;
    sum += weight * Math.exp(-(((end * i) / steps) ** 2));
  }
  return sign(x) * Math.min(1, (2 / Math.sqrt(Math.PI)) * (end / steps / 3) * sum);
}

/** The largest integer that is not above x. */
export function below(x: number): number {
  const rest = x % 1;
  if (!Number.isFinite(x) || rest === 0) return x;
  return rest > 0 ? x - rest : x - rest - 1;
}

/** To the nearest integer; of two equally near ones the even one. */
export function round(x: number): number {
  if (!Number.isFinite(x) || Math.abs(x) >= 2 ** 52) return x;
  const size = Math.abs(x);
  const below = size - (size % 1);
  const up = size - below > 0.5 || (size - below === 0.5 && below % 2 === 1);
  return (x < 0 || Object.is(x, -0) ? -1 : 1) * (below + (up ? 1 : 0));
}

/** C's pow: 1 to any power and −1 to an infinite one are 1. */
export const pow = (a: number, b: number): number =>
  a === 1 || (a === -1 && Math.abs(b) === Infinity) ? 1 : a ** b;

const extreme = (a: number, b: number, pick: (a: number, b: number) => boolean): number => {
  if (Number.isNaN(a) || Number.isNaN(b)) return NaN;
  if (a === 0 && b === 0) return pick(1 / a, 1 / b) ? a : b;
  return pick(a, b) ? a : b;
};
export const minimum = (a: number, b: number): number => extreme(a, b, (x, y) => x < y);
export const maximum = (a: number, b: number): number => extreme(a, b, (x, y) => x > y);

export const absolute = (x: number): number => (x > 0 ? x : x < 0 ? -x : Number.isNaN(x) ? x : 0);

/** asinh of a positive number: near zero by its series, since log(1 + …) forgets it. */
export const areaSine = (x: number): number =>
  x < 1e-4 ? x - x ** 3 / 6 : Math.log(x) + Math.log(1 + Math.sqrt(1 + x ** -2));

/** The rest that has the divisor's sign. */
export const pythonMod = (a: number, b: number): number => {
  const rest = a % b;
  return rest !== 0 && sign(rest) !== sign(b) ? rest + b : rest;
};
