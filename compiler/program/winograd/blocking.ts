/** How a kernel of windows is cut into tiles, blocks of tiles and blocks of channels, and the axes that come of it. */
import { addIndex, axisIndex, scaleIndex } from "../../compute/affine.js";
import type { Axis, Compute, Index, Table, Temporary } from "../../compute/ir.js";
import { summedAxis } from "./integers.js";
import { sumAxes, type SumAxes } from "./sums.js";
import {
  pointsOf,
  tableOf,
  transformsOf,
  type Factors,
  type Filtering,
  type Transforms,
} from "./tables.js";
import type { Dimension, Windowed } from "./window.js";

export interface Blocking {
  /** Of each dimension. */
  readonly filterings: readonly Filtering[];
  /** The dimension that is cut into blocks: what is before it are loops, what is behind it is whole in each block. */
  readonly blocked: number;
  /** Tiles along that dimension whose transforms are in memory at once. */
  readonly tiles: number;
  /** Output channels of a block, a divisor of all of a group. */
  readonly channels: number;
  /** Blocks of output channels whose products are in memory at once, a divisor of their number. */
  readonly together: number;
  /** Parts of what products are summed up along, a divisor of it. */
  readonly parts: number;
}

/** What a kernel calls the weights that another one transforms. */
export const WEIGHTS = "transformed";
/** What tables are called, and their kind. */
const TABLES = {
  input: "input_transform",
  weights: "weight_transform",
  output: "output_transform",
} as const;

/** What a kernel's windows multiply, and what it computes with. */
export function factorsOf({ integers }: Pick<Windowed, "integers">): {
  readonly factors: Factors;
  readonly dtype: "f32" | "i32";
} {
  return integers === undefined
    ? { factors: "floats", dtype: "f32" }
    : { factors: "integers", dtype: "i32" };
}

/** A dimension that windows slide along, with names for what there is along it. */
export interface Slide {
  readonly dimension: number;
  readonly out: Axis;
  readonly tap: Axis;
  readonly filtering: Filtering;
  readonly point: Axis;
  /** Elements and outputs of a tile. */
  readonly element: string;
  readonly inside: string;
  /** What its table of a kind is called. */
  readonly table: (kind: keyof Transforms) => string;
}

const NAMES = [
  { point: "u", element: "p", inside: "i" },
  { point: "v", element: "q", inside: "j" },
] as const;

export function slidesOf({ dims }: Windowed, { filterings }: Blocking): readonly Slide[] {
  const sliding = dims.flatMap(({ out, tap }, dimension) =>
    tap === undefined ? [] : [{ out, tap, dimension, filtering: filterings[dimension]! }],
  );
  return sliding.map((one, s) => {
    const same = ({ filtering: { outputs, taps } }: typeof one): boolean =>
      outputs === one.filtering.outputs && taps === one.filtering.taps;
    const suffix = sliding.findIndex(same) === s ? (s === 0 ? "" : "_across") : "";
    const { point, element, inside } = NAMES[s]!;
    return {
      ...one,
      point: { name: point, extent: pointsOf(one.filtering) },
      element,
      inside,
      table: (kind) => TABLES[kind] + suffix,
    };
  });
}

/** Tables of some kinds, one for all dimensions that are alike. */
export function tablesOf(
  slides: readonly Slide[],
  kinds: readonly (keyof Transforms)[],
  factors: Factors,
): readonly Table[] {
  const tables = kinds.flatMap((kind) =>
    slides.map(({ filtering, table }): [string, Table] => {
      const name = table(kind);
      const value = tableOf(transformsOf(filtering, factors)[kind], factors);
      return [name, { name, value, sparse: true }];
    }),
  );
  return [...new Map(tables).values()];
}

/** Axes of output channels. */
export interface OutputAxes {
  /** Runs of blocks whose products are in memory at once, the blocks of one, and the channels of a block. */
  readonly run: Axis;
  readonly block: Axis;
  readonly o: Axis;
}

export function outputAxes(
  { outputs }: Windowed,
  { channels, together }: Blocking,
  suffix = "",
): OutputAxes {
  return {
    run: { name: `or${suffix}`, extent: outputs.extent / channels / together },
    block: { name: `ob${suffix}`, extent: together },
    o: { name: "o", extent: channels },
  };
}

/** The channel at a place along such axes. */
export function channelAt({ run, block, o }: OutputAxes): Index {
  return inTile(inTile(axisIndex(run), block.extent, axisIndex(block)), o.extent, axisIndex(o));
}

/** In the order in which products read them: one stream. */
export function weightAxes(windowed: Windowed, blocking: Blocking): readonly Axis[] {
  const { run, block, o } = outputAxes(windowed, blocking);
  const points = slidesOf(windowed, blocking).map(({ point }) => point);
  const { part, within } = sumAxes(windowed, blocking.parts);
  return [...windowed.groups, run, ...points, ...part, block, within, o];
}

/** Tiles in equal blocks along a dimension; the last of them may be cut off by the edge. */
export interface TileGroup {
  readonly first: number;
  readonly blocks: number;
  readonly tiles: number;
  /** Outputs of the last tile. */
  readonly last: number;
}

export function tileGroups(
  { dims }: Windowed,
  { filterings, blocked, tiles }: Blocking,
): TileGroup[] {
  const [{ extent }, { outputs }] = [dims[blocked]!.out, filterings[blocked]!];
  const [whole, count] = [Math.floor(extent / outputs), Math.ceil(extent / outputs)];
  const blocks = Math.floor(whole / tiles);
  const rest = count - blocks * tiles;
  const last = extent - (count - 1) * outputs;
  return [
    ...(blocks === 0 ? [] : [{ first: 0, blocks, tiles, last: outputs }]),
    ...(rest === 0 ? [] : [{ first: blocks * tiles, blocks: 1, tiles: rest, last }]),
  ];
}

/** A dimension of which a block has tiles. */
export interface TiledDimension extends Dimension {
  readonly outputs: number;
  readonly slide: Slide | undefined;
  readonly tile: Axis;
  /** The first tile of a block. */
  readonly base: Index;
  /** Outputs of the last tile. */
  readonly last: number;
}

/** What the Computes of one group of blocks have in common. */
export interface Frame {
  readonly windowed: Windowed;
  readonly slides: readonly Slide[];
  readonly dims: readonly TiledDimension[];
  /** All tiles of a block, row by row. */
  readonly t: Axis;
  /** What products are summed up along. */
  readonly summed: Axis;
  readonly sums: SumAxes;
  readonly dtype: "f32" | "i32";
  /** Loops around everything: those of the kernel's own that have no tiles in a block, and blocks of tiles. */
  readonly scan: readonly Axis[];
  /** The kernel's own axes among them under the names that they have here. */
  readonly renamed: readonly (readonly [string, Index])[];
  readonly channels: OutputAxes;
  /** Of a temporary of this group. */
  readonly nameOf: (temporary: string) => string;
}

/** Loops and temporaries of groups have names of their own: a loop is in one place. */
export function frameOf(
  windowed: Windowed,
  blocking: Blocking,
  group: TileGroup,
  suffix: string,
): Frame {
  const { blocked } = blocking;
  const slides = slidesOf(windowed, blocking);
  const around = [...windowed.dims.slice(0, blocked).map(({ out }) => out), ...windowed.groups];
  const r = { name: `r${suffix}`, extent: group.blocks };
  const dims = windowed.dims.slice(blocked).map((dimension, d): TiledDimension => {
    const { outputs } = blocking.filterings[blocked + d]!;
    const count = Math.ceil(dimension.out.extent / outputs);
    return {
      ...dimension,
      outputs,
      slide: slides.find((slide) => slide.dimension === blocked + d),
      tile: { name: `t${d}`, extent: d === 0 ? group.tiles : count },
      base: d === 0 ? addIndex(scaleIndex(axisIndex(r), group.tiles), group.first) : addIndex(0),
      last: d === 0 ? group.last : dimension.out.extent - (count - 1) * outputs,
    };
  });
  return {
    windowed,
    slides,
    dims,
    t: { name: "t", extent: dims.reduce((product, { tile }) => product * tile.extent, 1) },
    summed: summedAxis(windowed),
    sums: sumAxes(windowed, blocking.parts),
    dtype: factorsOf(windowed).dtype,
    scan: [...around.map(({ name, extent }) => ({ name: name + suffix, extent })), r],
    renamed: around.map(({ name }) => [name, axisIndex(name + suffix)] as const),
    channels: outputAxes(windowed, blocking, suffix),
    nameOf: (temporary) => temporary + suffix,
  };
}

/** The position among all tiles of a block of one along each dimension. */
export function tileAt({ dims }: Frame, tiles: readonly Index[]): Index {
  return tiles.reduce((row, tile, d) => addIndex(scaleIndex(row, dims[d]!.tile.extent), tile));
}

/** Element `inner` of a tile, along a dimension. */
export function inTile(tile: Index, outputs: number, inner: Index): Index {
  return addIndex(scaleIndex(tile, outputs), inner);
}

export interface Parts {
  readonly computes: readonly Compute[];
  readonly temporaries: readonly Temporary[];
}
