/** Windows that slide over spatial dimensions, step by step: what cases of convolutions and pools are computed with. */
import { indicesIn } from "./opCase.js";

export type Attributes = Readonly<Record<string, readonly number[] | number | boolean | string>>;

export interface Dim {
  readonly input: number;
  readonly kernel: number;
  readonly stride: number;
  readonly dilation: number;
  readonly begin: number;
  readonly end: number;
}

/** Windows as attributes give them, with ones and zeros where they are absent. */
export function dimsOf(
  input: readonly number[],
  kernel: readonly number[],
  given: Attributes,
): Dim[] {
  const rank = input.length;
  const list = (name: string, fill: number, length = rank): readonly number[] =>
    (given[name] as readonly number[] | undefined) ?? new Array<number>(length).fill(fill);
  const strides = list("strides", 1);
  const dilations = list("dilations", 1);
  const pads = list("pads", 0, 2 * rank);
  return input.map((size, i) => ({
    input: size,
    kernel: kernel[i]!,
    stride: strides[i]!,
    dilation: dilations[i]!,
    begin: pads[i]!,
    end: pads[rank + i]!,
  }));
}

/** Windows one after the other, as long as they fit; with ceil, one more that starts before the end pads. */
export function outputs(
  { input, kernel, stride, dilation, begin, end }: Dim,
  ceil = false,
): number {
  const extent = (kernel - 1) * dilation + 1;
  let count = 0;
  for (let start = -begin; start + extent <= input + end; start += stride) count++;
  const covered = (count - 1) * stride - begin + extent;
  const next = count * stride - begin;
  return ceil && covered < input + end && next < input ? count + 1 : count;
}

/** Positions along every dimension that the window of an output has. */
export function taps(dims: readonly Dim[], o: readonly number[]): number[][] {
  return indicesIn(dims.map((dim) => dim.kernel)).map((k) =>
    dims.map((dim, i) => o[i]! * dim.stride + k[i]! * dim.dilation - dim.begin),
  );
}

export const isInside = (dims: readonly Dim[], position: readonly number[]): boolean =>
  position.every((p, i) => p >= 0 && p < dims[i]!.input);
