/** How a kernel of windows is cut into tiles, blocks of tiles and blocks of channels, and the axes that come of it. */
import { addIndex, axisIndex, scaleIndex } from "../../compute/affine.js";
import type { Axis, Compute, Index, Temporary } from "../../compute/ir.js";
import { TAPS, type Outputs } from "./tables.js";
import type { Slide, Windowed } from "./window.js";

export interface Blocking {
  readonly outputs: Outputs;
  /** Tiles along the first slide whose transforms are in memory at once. */
  readonly tiles: number;
  /** Output channels, a divisor of all of a group. */
  readonly channels: number;
}

/** What a kernel calls the weights that another one transforms. */
export const WEIGHTS = "transformed";
/** What it calls its tables. */
export const INPUT = "input_transform";
export const OUTPUT = "output_transform";

/** Group axes, blocks of output channels, points along each slide, input channels, and the channels of a block. */
export function weightAxes(
  { groups, outputs: oc, inputs, slides }: Windowed,
  { outputs, channels }: Blocking,
): readonly Axis[] {
  return [
    ...groups,
    { name: "ob", extent: oc.extent / channels },
    ...pointAxes(slides, outputs),
    inputs,
    { name: "o", extent: channels },
  ];
}

/** u along the first slide, v along the second. */
function pointAxes(slides: readonly Slide[], outputs: Outputs): readonly [Axis, ...Axis[]] {
  const extent = outputs + TAPS - 1;
  const u = { name: "u", extent };
  return slides.length === 1 ? [u] : [u, { name: "v", extent }];
}

/** Tiles in equal blocks along the first slide; the last of them may be cut off by the edge. */
export interface TileGroup {
  readonly first: number;
  readonly blocks: number;
  readonly tiles: number;
  /** Outputs of the last tile. */
  readonly last: number;
}

export function tileGroups({ out: { extent } }: Slide, { outputs, tiles }: Blocking): TileGroup[] {
  const [whole, count] = [Math.floor(extent / outputs), Math.ceil(extent / outputs)];
  const blocks = Math.floor(whole / tiles);
  const rest = count - blocks * tiles;
  const last = extent - (count - 1) * outputs;
  return [
    ...(blocks === 0 ? [] : [{ first: 0, blocks, tiles, last: outputs }]),
    ...(rest === 0 ? [] : [{ first: blocks * tiles, blocks: 1, tiles: rest, last }]),
  ];
}

/** What the Computes of one group of blocks have in common. */
export interface Frame {
  readonly windowed: Windowed;
  readonly outputs: Outputs;
  readonly group: TileGroup;
  /** Points along each slide. */
  readonly points: readonly [Axis, ...Axis[]];
  /** Loops around everything: those of the kernel's own that do not slide, and blocks of tiles. */
  readonly scan: readonly Axis[];
  /** The kernel's own axes among them under the names that they have here. */
  readonly renamed: readonly (readonly [string, Index])[];
  /** The first tile of a block, along the first slide. */
  readonly base: Index;
  /** Tiles along the first slide and the second, and all of them. */
  readonly th: Axis;
  readonly tw: Axis;
  readonly t: Axis;
  /** Blocks of output channels, and the channels of one. */
  readonly ob: Axis;
  readonly o: Axis;
  /** Of a temporary of this group. */
  readonly nameOf: (temporary: string) => string;
}

/** Loops and temporaries of groups have names of their own: a loop is in one place. */
export function frameOf(
  windowed: Windowed,
  { outputs, channels }: Blocking,
  group: TileGroup,
  suffix: string,
): Frame {
  const { slides, batch, groups, outputs: oc } = windowed;
  const around = [...batch, ...groups];
  const r = { name: `r${suffix}`, extent: group.blocks };
  const across = slides[1] === undefined ? 1 : Math.ceil(slides[1].out.extent / outputs);
  return {
    windowed,
    outputs,
    group,
    points: pointAxes(slides, outputs),
    scan: [...around.map(({ name, extent }) => ({ name: name + suffix, extent })), r],
    renamed: around.map(({ name }) => [name, axisIndex(name + suffix)] as const),
    base: addIndex(scaleIndex(axisIndex(r), group.tiles), group.first),
    th: { name: "th", extent: group.tiles },
    tw: { name: "tw", extent: across },
    t: { name: "t", extent: group.tiles * across },
    ob: { name: `ob${suffix}`, extent: oc.extent / channels },
    o: { name: "o", extent: channels },
    nameOf: (temporary) => temporary + suffix,
  };
}

/** Element `inner` of a tile, along a slide. */
export function inTile(tile: Index, outputs: number, inner: Index): Index {
  return addIndex(scaleIndex(tile, outputs), inner);
}

/** Indices that are axes. */
export function at(...axes: readonly Axis[]): readonly Index[] {
  return axes.map((axis) => axisIndex(axis));
}

export interface Parts {
  readonly computes: readonly Compute[];
  readonly temporaries: readonly Temporary[];
}

/** What a Compute leaves behind, row by row over its axes. */
export function temporaryOf(name: string, axes: readonly Axis[]): Temporary {
  return { name, dtype: "f32", dims: axes.map(({ extent }) => extent) };
}
