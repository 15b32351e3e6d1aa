/** Window attributes of convolutions and pools with their rank-dependent defaults filled in. */

/** What convolutions and pools have in common. In a Graph `pads` is a list of numbers or absent. */
interface WindowAttributes {
  readonly strides?: readonly number[] | undefined;
  readonly dilations?: readonly number[] | undefined;
  readonly pads?: readonly number[] | string | undefined;
}

export interface Window {
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  readonly begin: readonly number[];
  readonly end: readonly number[];
}

/** One entry per spatial dimension: ones for strides and dilations, zeros for pads, where absent. */
export function windowOf(attributes: WindowAttributes, spatialRank: number): Window {
  const filled = (fill: number): number[] => new Array<number>(spatialRank).fill(fill);
  const { pads } = attributes;
  if (typeof pads === "string") throw new Error(`pads are '${pads}' in a graph`);
  return {
    strides: attributes.strides ?? filled(1),
    dilations: attributes.dilations ?? filled(1),
    begin: pads?.slice(0, spatialRank) ?? filled(0),
    end: pads?.slice(spatialRank) ?? filled(0),
  };
}

export function isUnpadded({ begin, end }: Window): boolean {
  return begin.every((pad) => pad === 0) && end.every((pad) => pad === 0);
}
