/**
 * What the arena holds while kernels run: which values and margins are whole, and who has written over those that are
 * not. Rows and intervals, never elements; buffers are memories of their own here (allocation.ts looks at addresses).
 */
import type { Boundary } from "../../compute/ir.js";
import type { Margin, Place } from "../../place/place.js";
import type { Region } from "../../place/region.js";
import { RegionIndex } from "../../place/regionIndex.js";
import { sameBoundary } from "../../place/access.js";
import type { BufferId, ValueId } from "../program.js";

/** Memory that holds a value, or what is filled in around one. */
interface Holding {
  readonly value: ValueId;
  /** Of a margin: what it holds, and how far it goes. */
  readonly fill?: Boundary;
  readonly margin?: Margin;
  /** The position of the last kernel that wants it. */
  readonly until: number;
  /** The first that wrote into it. */
  damage?: string;
}

export class Contents {
  readonly #values = new Map<ValueId, Holding>();
  readonly #margins = new Map<ValueId, Holding>();
  readonly #byBuffer = new Map<BufferId, RegionIndex<Holding>>();
  readonly #until: readonly number[];

  /** `until` says for each value the position of the last kernel that reads it, −∞ where none does. */
  constructor(until: readonly number[]) {
    this.#until = until;
  }

  /** A value is in these places: something has just been written, or is seen to be there already. */
  hold(value: ValueId, place: Place, regions: readonly Region[]): void {
    const known = this.#values.get(value);
    const holding = known ?? { value, until: this.#until[value]! };
    this.#values.set(value, holding);
    this.#keep(holding, place, regions);
  }

  /** What lies around a value is filled. */
  holdMargin(
    value: ValueId,
    place: Place,
    regions: readonly Region[],
    around: { readonly margin: Margin; readonly fill: Boundary },
  ): void {
    const holding = { value, until: this.#until[value]!, ...around };
    this.#margins.set(value, holding);
    this.#keep(holding, place, regions);
  }

  #keep(holding: Holding, { buffer }: Place, regions: readonly Region[]): void {
    let here = this.#byBuffer.get(buffer);
    if (here === undefined) this.#byBuffer.set(buffer, (here = new RegionIndex()));
    for (const region of regions) here.add(region, holding);
  }

  /**
   * Kernel number `at`, `who` in words, writes: what it meets is damaged, except `value`'s own holding and margins that
   * hold the very number it writes.
   */
  write(
    at: number,
    who: () => string,
    value: ValueId,
    { buffer }: Place,
    regions: readonly Region[],
    fill?: Boundary,
  ): void {
    const here = this.#byBuffer.get(buffer);
    if (here === undefined) return;
    const isOwn = (holding: Holding): boolean =>
      holding.value === value && (holding.fill === undefined) === (fill === undefined);
    const isAlike = (holding: Holding): boolean =>
      fill?.mode === "constant" && holding.fill !== undefined && sameBoundary(fill, holding.fill);
    for (const region of regions)
      here.visit(region, (holding, meets) => {
        // What nobody reads any more may be written over.
        if (holding.until < at || holding.damage !== undefined) return true;
        if (isOwn(holding) || isAlike(holding) || !meets()) return false;
        holding.damage = who();
        return true;
      });
  }

  /** What a reader finds instead of a value; undefined where it is whole. */
  valueProblem(value: ValueId): string | undefined {
    const holding = this.#values.get(value);
    if (holding === undefined) return "nothing";
    return holding.damage === undefined ? undefined : `what ${holding.damage} wrote`;
  }

  /** What a reader finds around a value instead of what its place promises. */
  marginProblem(value: ValueId, { margin, fill }: Place): string | undefined {
    const holding = this.#margins.get(value);
    if (holding === undefined) return "nothing";
    if (holding.damage !== undefined) return `what ${holding.damage} wrote`;
    if (!sameBoundary(holding.fill, fill)) return "another filling";
    const wide = margin!.every(([before, after], d) => {
      const [a, b] = holding.margin![d]!;
      return before <= a && after <= b;
    });
    return wide ? undefined : "a margin that ends sooner";
  }
}
