/** Finds those of many regions that meet one, without looking at all of them. */
import { overlap, type Region } from "./region.js";

interface Entry<T> {
  readonly region: Region;
  /** Where the region is within a row; regions whose intervals do not meet do not meet either. */
  readonly from: number;
  readonly to: number;
  readonly item: T;
}

/**
 * Regions that repeat at one distance, as parts of a concat of channels do in every pixel, are kept by where they
 * are within a row; so are those of one row. Any other is compared with all.
 */
export class RegionIndex<T> {
  /** The distance of rows; set by the first region. */
  #row: number | undefined;
  /** In the order of `from`. */
  #sorted: Entry<T>[] = [];
  #longest = 0;
  #others: Entry<T>[] = [];

  add(region: Region, item: T): void {
    this.#row ??= rowOf(region);
    const interval = intervalIn(region, this.#row);
    if (interval === undefined) return void this.#others.push({ region, from: 0, to: 0, item });
    const entry = { region, ...interval, item };
    this.#sorted.splice(this.#position(entry.from), 0, entry);
    this.#longest = Math.max(this.#longest, entry.to - entry.from);
  }

  /** Calls `visit` for the items of all regions that meet one; those for which it returns true are gone then. */
  visit(region: Region, visit: (item: T, meets: () => boolean) => boolean): void {
    const look = ({ region: other, item }: Entry<T>): boolean =>
      visit(item, () => overlap(region, other));
    const interval = this.#row === undefined ? undefined : intervalIn(region, this.#row);
    if (interval === undefined) this.#sorted = this.#sorted.filter((entry) => !look(entry));
    else {
      const { from, to } = interval;
      for (let i = this.#position(from - this.#longest); i < this.#sorted.length;) {
        const entry = this.#sorted[i]!;
        if (entry.from >= to) break;
        if (entry.to > from && look(entry)) this.#sorted.splice(i, 1);
        else i++;
      }
    }
    this.#others = this.#others.filter((entry) => !look(entry));
  }

  /** The first entry that begins at `from` or later. */
  #position(from: number): number {
    let [low, high] = [0, this.#sorted.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#sorted[middle]!.from < from) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** Infinity for what has no gaps. */
function rowOf({ runs: [first] }: Region): number {
  return first === undefined || first.stride === 1 ? Infinity : first.stride;
}

/** What a region takes of every row; undefined where it goes on into the next, or its own rows are others. */
function intervalIn(
  { start, runs, span }: Region,
  row: number,
): { readonly from: number; readonly to: number } | undefined {
  if (row === Infinity) return { from: start, to: start + span };
  const [first] = runs;
  const rows = first?.stride === row ? (first.count - 1) * row : 0;
  const from = start % row;
  const to = from + span - rows;
  return to <= row ? { from, to } : undefined;
}
