/** The phases that outputs of a transposed convolution fall into: what is a plain convolution with others of its kind. */
import { reject } from "./op.js";
import type { TransposedDim } from "./transposedWindow.js";

/** Of one dimension: they are gone through one by one. */
const MOST_PHASES = 2 ** 16;
/** More nests would be code without end. */
const MOST_NESTS = 4096;

/** Throws a problem where there are too many nests to write down. */
export function checkPhases(dims: readonly TransposedDim[]): void {
  const strides = dims.map((dim) => dim.stride).join(",");
  const counts = dims.map((dim) => {
    const phases = Math.min(dim.stride, dim.output);
    if (phases <= MOST_PHASES) return phasesOf(dim).length;
    const message = `strides [${strides}] make ${phases} phases in one dimension: at most ${MOST_PHASES} are possible`;
    return reject("unsupported", message);
  });
  if (counts.reduce((product, count) => product * count, 1) <= MOST_NESTS) return;
  const message = `strides [${strides}] and these dilations make ${counts.join(" · ")} nests: at most ${MOST_NESTS} are possible`;
  reject("unsupported", message);
}

/**
 * Outputs first + along · i + stride · p of one dimension, p < extent, of phases i < count, and the taps
 * firstTap + tapAlong · i + tapStep · k that reach them.
 */
export interface Phases {
  readonly first: number;
  readonly along: number;
  readonly count: number;
  readonly stride: number;
  readonly extent: number;
  readonly taps: number;
  readonly firstTap: number;
  readonly tapAlong: number;
  readonly tapStep: number;
  /** They read x at p + start + startAlong · i − step · k. */
  readonly start: number;
  readonly startAlong: number;
  readonly step: number;
  /** Whether that can leave x. */
  readonly leaves: boolean;
}

/**
 * Tap k reaches output o where o + begin − k · dilation is a multiple of the stride: every tapStep-th one. Outputs of
 * equal residue are a phase; from one to the next that has taps at all, the first of them moves on by tapAlong,
 * up to where it begins anew. Phases that are alike but for that are one nest, so that its code does not grow with
 * the stride.
 */
export function phasesOf(dim: TransposedDim): Phases[] {
  const { stride, dilation, output } = dim;
  const along = gcd(stride, dilation);
  return Array.from({ length: Math.min(along, output) }, (_, first) => {
    const runs: Phases[] = [];
    for (let at = first; at < Math.min(stride, output); at += along) {
      const phase = phaseOf(dim, at, along);
      const before = runs.at(-1);
      if (before !== undefined && continues(before, phase))
        runs[runs.length - 1] = { ...before, count: before.count + 1 };
      else runs.push(phase);
    }
    return runs;
  })
    .flat()
    .map((phases) => ({ ...phases, leaves: leavesInput(phases, dim.input) }));
}

function phaseOf(
  { kernel, stride, dilation, begin, output }: TransposedDim,
  first: number,
  along: number,
): Phases {
  const tapStep = stride / along;
  const tapAlong = inverse(dilation / along, tapStep);
  const residue = modulo(first + begin, stride);
  const firstTap = residue % along === 0 ? modulo((residue / along) * tapAlong, tapStep) : kernel;
  const taps = Math.max(0, Math.ceil((kernel - firstTap) / tapStep));
  return {
    ...{ first, along, count: 1, stride, extent: Math.ceil((output - first) / stride) },
    ...{ taps, firstTap, tapAlong, tapStep },
    start: taps === 0 ? 0 : (first + begin - firstTap * dilation) / stride,
    startAlong: (along - tapAlong * dilation) / stride,
    step: (tapStep * dilation) / stride,
    leaves: false,
  };
}

/** Whether a phase goes on where phases end. */
function continues(before: Phases, { taps, firstTap, extent }: Phases): boolean {
  if (taps !== before.taps || extent !== before.extent) return false;
  return taps === 0 || firstTap === before.firstTap + before.count * before.tapAlong;
}

function leavesInput(phases: Phases, input: number): boolean {
  const { count, extent, taps, start, startAlong, step } = phases;
  const moved = startAlong * (count - 1);
  const low = start + Math.min(0, moved) - step * (taps - 1);
  return low < 0 || start + Math.max(0, moved) + extent - 1 >= input;
}

function modulo(value: number, divisor: number): number {
  return ((value % divisor) + divisor) % divisor;
}

/** The i in [0, modulus) of which value · i is 1 more than a multiple of it; the two have no divisor in common. */
function inverse(value: number, modulus: number): number {
  let [a, b, x, y] = [modulo(value, modulus), modulus, 1, 0];
  while (b !== 0) {
    const quotient = Math.floor(a / b);
    [a, b, x, y] = [b, a - quotient * b, y, x - quotient * y];
  }
  return modulo(x, modulus);
}

function gcd(a: number, b: number): number {
  return b === 0 ? a : gcd(b, a % b);
}
