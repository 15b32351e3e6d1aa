/** The two readings of an activation [channels, …spatial]: a grid of feature vectors, a stack of feature maps. */

/** A typed array that holds an activation row by row, as outputs of a module do. */
export type Values = Float32Array | Int32Array | Uint8Array | Int8Array;

/** The channels at one position, read in place: nothing is copied. */
export interface FeatureVector {
  /** Channels. */
  readonly length: number;
  /** The value in channel c. */
  at(c: number): number;
  [Symbol.iterator](): Iterator<number>;
}

/** A grid of feature vectors. */
export interface FeatureVectors {
  /** [height, width], or fewer or more spatial extents. */
  readonly grid: readonly number[];
  /** The vector at a position, one coordinate per spatial dimension. Throws a RangeError outside the grid. */
  at(...position: readonly number[]): FeatureVector;
}

/** One channel as a map over space. */
export interface FeatureMap<T extends Values> {
  /** [height, width], or fewer or more spatial extents. */
  readonly grid: readonly number[];
  /** The whole map row by row: a view of the activation's own memory. */
  readonly values: T;
  /** The value at a position. Throws a RangeError outside the grid. */
  at(...position: readonly number[]): number;
}

/** A stack of feature maps. */
export interface FeatureMaps<T extends Values> {
  /** Channels. */
  readonly length: number;
  map(c: number): FeatureMap<T>;
}

/**
 * Reads [c, h, w] (or [c, w], [c, d, h, w]) as a grid of vectors of length c; for a batch pass one element of
 * it, `values.subarray(…)`. Throws a RangeError where the shape does not fit the values.
 */
export function featureVectors(values: Values, shape: readonly number[]): FeatureVectors {
  const { channels, grid, area } = layoutOf(values, shape);
  return {
    grid,
    at(...position) {
      const start = offsetOf(position, grid);
      const at = (c: number): number => values[start + checked(c, channels) * area]!;
      return {
        length: channels,
        at,
        *[Symbol.iterator]() {
          for (let c = 0; c < channels; c++) yield at(c);
        },
      };
    },
  };
}

/** Reads [c, h, w] (or [c, w], [c, d, h, w]) as c maps over space; throws as `featureVectors` does. */
export function featureMaps<T extends Values>(values: T, shape: readonly number[]): FeatureMaps<T> {
  const { channels, grid, area } = layoutOf(values, shape);
  return {
    length: channels,
    map(c) {
      const start = checked(c, channels) * area;
      const map = values.subarray(start, start + area) as T;
      return { grid, values: map, at: (...position) => map[offsetOf(position, grid)]! };
    },
  };
}

function layoutOf(
  values: Values,
  shape: readonly number[],
): { readonly channels: number; readonly grid: readonly number[]; readonly area: number } {
  const [channels = 0, ...grid] = shape;
  const area = grid.reduce((product, extent) => product * extent, 1);
  if (shape.length === 0 || values.length !== channels * area)
    throw new RangeError(`${values.length} values are not an activation of ${shape.join(" × ")}`);
  return { channels, grid, area };
}

function offsetOf(position: readonly number[], grid: readonly number[]): number {
  if (position.length !== grid.length)
    throw new RangeError(`expected ${grid.length} coordinates, got ${position.length}`);
  return grid.reduce((offset, extent, d) => offset * extent + checked(position[d]!, extent), 0);
}

function checked(at: number, extent: number): number {
  if (!Number.isInteger(at) || at < 0 || at >= extent)
    throw new RangeError(`${at} is not in 0 … ${extent - 1}`);
  return at;
}
