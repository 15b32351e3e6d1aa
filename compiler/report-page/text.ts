/** Names come from files: what they are on a page, where they may neither hide, reorder nor push away what is beside them. */
import { shortened } from "../base/error.js";

const HIDDEN =
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g;

/** With what nobody sees as `\u202e`, and cut where it is longer than there is room. */
export function shown(text: string, longest = 200): string {
  // Cut first: a name may be megabytes long.
  const some = shortened(text, 4 * longest).replace(
    HIDDEN,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
  return shortened(some, longest);
}

/** 1234567 => 1,234,567 */
export const grouped = (value: number): string => value.toLocaleString("en-US");

const UNITS = ["", " k", " M", " G", " T"] as const;

/** 4089184256 => `4.09 G` */
export function rounded(value: number): string {
  let [size, unit] = [value, 0];
  while (Math.abs(size) >= 999.5 && unit < UNITS.length - 1) [size, unit] = [size / 1000, unit + 1];
  return `${Number(size.toPrecision(3))}${UNITS[unit]!}`;
}

/** 3211264 => `3.06 MiB` */
export function byteText(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  const unit = bytes < 1024 ** 2 ? 1 : bytes < 1024 ** 3 ? 2 : 3;
  return `${Number((bytes / 1024 ** unit).toPrecision(3))} ${["", "KiB", "MiB", "GiB"][unit]!}`;
}
