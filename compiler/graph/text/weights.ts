/** Which constants of a text lie in a weights file beside it, and where. */
import { newData } from "../../base/tensor.js";
import type { Constant } from "../definition.js";

/** Constants held in memory with at most this many elements are written in the text itself. */
const INLINE_ELEMENTS = 16;

export interface WeightsFile {
  /** The file's name, without folders; no character in it needs care. */
  readonly path: string;
  /** Byte offset by constant name. */
  readonly offsets: ReadonlyMap<string, number>;
}

/** Where the constants that are held in memory go: one after the other, each aligned to its element. */
export function weightsFile(modelName: string, constants: readonly Constant[]): WeightsFile {
  const offsets = new Map<string, number>();
  let size = 0;
  for (const { name, type, source } of constants) {
    if (source.kind !== "data" || source.data.length <= INLINE_ELEMENTS) continue;
    const bytes = newData(type.dtype, 0).BYTES_PER_ELEMENT;
    size = Math.ceil(size / bytes) * bytes;
    offsets.set(name, size);
    size += source.data.length * bytes;
  }
  return { path: weightsPath(modelName, constants), offsets };
}

/** `<name>.weights.bin`, or the first of `<name>.weights.2.bin` … that no constant lies in already. */
function weightsPath(modelName: string, constants: readonly Constant[]): string {
  const used = new Set(
    constants.map(({ source }) => (source.kind === "file" ? source.path : undefined)),
  );
  const stem = modelName.replace(/[^A-Za-z0-9_-]/g, "_");
  for (let i = 1; ; i++) {
    const path = `${stem}.weights${i === 1 ? "" : `.${i}`}.bin`;
    if (!used.has(path)) return path;
  }
}
