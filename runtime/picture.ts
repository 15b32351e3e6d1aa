/** Moves pictures into the arena: pixels with their width and height, of the size of the input or of any up to it. */
import { lost } from "./bytes.js";
import { list, quote } from "./text.js";

/** Pixels row by row, as an `ImageData` has them, or what a decoder of files returns. */
export interface Picture {
  readonly data: Uint8Array | Uint8ClampedArray;
  readonly width: number;
  readonly height: number;
}

/** An input of bytes [height, width, channels], as `PortSpec` has it. */
export interface PictureSpec {
  readonly name: string;
  readonly shape: readonly number[];
  /** Its first element in the arena. */
  readonly offset: number;
  /** Smaller pictures will do. */
  readonly upTo?: true;
}

export function isPicture(value: unknown): value is Picture {
  return (
    typeof value === "object" && value !== null && !ArrayBuffer.isView(value) && "data" in value
  );
}

/** Compared by tag, so that arrays of other realms and subclasses such as Node's Buffer will do. */
export function isByteArray(value: unknown): value is Uint8Array | Uint8ClampedArray {
  if (!ArrayBuffer.isView(value)) return false;
  const tag = (value as Uint8Array)[Symbol.toStringTag] as string;
  return tag === "Uint8Array" || tag === "Uint8ClampedArray";
}

/** Copies the pixels, each row to where that of the largest picture is. Throws a TypeError on another size. */
export function writePicture(picture: Picture, spec: PictureSpec, i32: Int32Array): void {
  const { data, width, height } = picture;
  const [most, widest, channels] = spec.shape as readonly [number, number, number];
  checkSides(height, width, spec);
  const row = width * channels;
  if (!isByteArray(data) || data.length !== height * row) {
    const given = isByteArray(data)
      ? `${data.length} bytes${lost(data)}`
      : "data that are no Uint8Array";
    throw new TypeError(
      `run: picture ${quote(spec.name)} of ${height} × ${width} must have ${height * row} bytes, ` +
        `${channels} a pixel, got ${given}`,
    );
  }
  if (width === widest && height <= most) return i32.set(data, spec.offset);
  for (let y = 0; y < height; y++) {
    const from = y * row;
    const to = spec.offset + y * widest * channels;
    for (let i = 0; i < row; i++) i32[to + i] = data[from + i]!;
  }
}

function checkSides(height: number, width: number, { name, shape, upTo }: PictureSpec): void {
  const [most, widest] = shape as readonly [number, number];
  const fits =
    upTo === true
      ? isSide(height, most) && isSide(width, widest)
      : height === most && width === widest;
  if (fits) return;
  const expected = `${upTo === true ? "at most " : ""}${most} × ${widest}`;
  throw new TypeError(
    `run: picture ${quote(name)} must be ${expected} (height × width), got ${list([height, width], String, " × ")}`,
  );
}

function isSide(side: number, most: number): boolean {
  return Number.isInteger(side) && side >= 1 && side <= most;
}
