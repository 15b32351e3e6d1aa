/** Which inputs are pictures, and which say the size of one: by their types and names, which every form of a model keeps. */
import type { TensorType } from "./tensor.js";

interface Input {
  readonly name: string;
  readonly type: TensorType;
}

/** u8[height, width, channels]: what a run takes as an `ImageData`, too. */
export function isPicture({ dtype, dims }: TensorType): boolean {
  return dtype === "u8" && dims.length === 3 && [1, 3, 4].includes(dims[2]!);
}

/** The input i32[2], height and width, of a picture of any size up to that of its own input. */
export function sizeName(picture: string): string {
  return `${picture}.size`;
}

/** By name of an input that says the size of a picture, the name of the picture. */
export function picturesBySize(inputs: readonly Input[]): ReadonlyMap<string, string> {
  const sizes = new Set(
    inputs
      .filter(({ type: { dtype, dims } }) => dtype === "i32" && dims.length === 1 && dims[0] === 2)
      .map(({ name }) => name),
  );
  const seen = new Map<string, string>();
  for (const { name, type } of inputs) {
    if (isPicture(type) && sizes.has(sizeName(name))) seen.set(sizeName(name), name);
  }
  return seen;
}
