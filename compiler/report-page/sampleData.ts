/** What a report says of filters, and of a sample that a model was given, as plain data. */
import type { QuietChannels, Statistics } from "./statistics.js";

/** The constant of a sum of products: `dims` are filters, channels and a window. */
export interface FilterData {
  readonly node: string;
  readonly constant: string;
  readonly dims: readonly number[];
  /** Of all of it. */
  readonly statistics: Statistics;
  /** How many filters, and channels of each, are pictures. */
  readonly filters: number;
  readonly channels: number;
  /** The least and most of each of those filters: 0 and 255 of its pixels. */
  readonly ends: readonly (readonly [least: number, most: number])[];
  /** Base64, a byte each. */
  readonly pixels: string;
}

/** A value as a stack of pictures, and what it is like; channels by number that say nothing. */
export interface MapData extends QuietChannels {
  readonly name: string;
  readonly dims: readonly number[];
  readonly channels: number;
  readonly rows: number;
  readonly columns: number;
  /** Every so many rows and columns are kept. */
  readonly step: number;
  readonly statistics: Statistics;
  /** Base64 of f32, little-endian: channels, rows, columns. */
  readonly values: string;
  /** How much elements at a few positions change where a part of an input does. */
  readonly seen?: readonly SeenData[];
}

export interface SeenData {
  readonly input: string;
  /** The position whose channels were looked at. */
  readonly row: number;
  readonly column: number;
  /** The most that they change, as a length over all channels: 255. */
  readonly most: number;
  /** Base64, a byte for each part of the input. */
  readonly heat: string;
}

export interface SampleInput {
  readonly name: string;
  /** A file, and what was made of it. */
  readonly from: string;
}

export interface SampleData {
  readonly inputs: readonly SampleInput[];
  /** What values are by: what the ops mean, or, where that would take too long, a module that keeps them all. */
  readonly by: "meaning" | "module";
  readonly pictures: readonly MapData[];
  readonly maps: readonly MapData[];
  /** Of what kernels write; empty where nothing is known but the module's own values. */
  readonly errors: readonly ErrorData[];
  /** Into how many parts pictures were cut to see what matters. */
  readonly parts: readonly PartsData[];
}

export interface PartsData {
  readonly input: string;
  readonly rows: number;
  readonly columns: number;
}

/** The largest error of what a kernel writes, by what ops mean. */
export interface ErrorData {
  readonly node: string;
  readonly error: number;
  /** What the element may be wrong by. */
  readonly allowed: number;
  /** Root mean square of the value. */
  readonly rms: number;
}
