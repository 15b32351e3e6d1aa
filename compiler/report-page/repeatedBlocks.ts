/**
 * Blocks of layers that are there more than once, for graphs whose names say nothing: parts of the list of layers that
 * compute the same ops of each other's values, and of which one value leaves. What repeats among blocks is a block, too,
 * and so are alike blocks one after the other.
 */
import type { Block } from "./block.js";
import type { Item, Picture } from "./items.js";

/** Something that is not taken apart any more: an item, or a block of what was found before. */
interface Unit {
  /** What it is: equal units have equal ones. */
  readonly kind: string;
  readonly items: readonly string[];
  /** Positions of the units that it reads. */
  readonly reads: readonly number[];
  /** Of a block: its title, and that of each block in it. */
  readonly title?: string;
  readonly inner: readonly Block[];
}

/** What is shorter is no block; of blocks two are enough. */
const LEAST = 3;
/** Units of a block at most: all of them are looked at from every position. */
const MOST = 120;
/** Runs that are looked at. */
const PATIENCE = 300_000;
/** How much more it is worth that nobody reads behind a run what it reads. */
const WHOLE = 0.15;
/** Of blocks in blocks. */
const ROUNDS = 12;

/** Outer ones before inner ones. */
export function repeatedBlocks(picture: Picture): Block[] {
  let units = unitsOf(picture);
  const letters = new Letters();
  for (let round = 0; round < ROUNDS; round++) {
    const runs = rowsOf(units);
    const found = runs.length > 0 ? runs : mostRepeated(units);
    if (found.length === 0) break;
    units = merged(units, found, letters);
  }
  return units.flatMap(({ inner }) => inner).toSorted((a, b) => b.items.length - a.items.length);
}

function unitsOf({ items, edges }: Picture): Unit[] {
  const inside = items.filter(({ kind }) => kind === "node" || kind === "kernel");
  const position = new Map(inside.map(({ id }, i) => [id, i]));
  const reads = inside.map((): number[] => []);
  // Ports are read from everywhere, and being an output is being read: there is no unit at -1.
  for (const { from, to } of edges) {
    const at = position.get(to);
    if (at !== undefined) reads[at]!.push(position.get(from) ?? -1);
  }
  return inside.map((item, i) => ({
    kind: kindOf(item),
    items: [item.id],
    reads: reads[i]!,
    inner: [],
  }));
}

function kindOf({ kind, title, nodes, box }: Item): string {
  return kind === "node" ? title : [box?.role, ...nodes.map(({ op }) => op)].join();
}

/** Units from a position on: how many. */
interface Run {
  readonly from: number;
  readonly count: number;
}

/** Equal blocks one after the other. */
function rowsOf(units: readonly Unit[]): Run[] {
  const runs: Run[] = [];
  for (let from = 0; from < units.length;) {
    const { title, kind } = units[from]!;
    let count = 1;
    while (title !== undefined && units[from + count]?.kind === kind) count++;
    if (count > 1 && count < units.length) runs.push({ from, count });
    from += count;
  }
  return runs;
}

/** The runs that spare most where each is one unit: those of equal structure that do not overlap. */
function mostRepeated(units: readonly Unit[]): Run[] {
  const lastRead = units.map(() => -1);
  units.forEach(({ reads }, i) => {
    for (const one of reads) if (one >= 0) lastRead[one] = i;
  });
  const kinds = numbered(units);
  const groups = new Map<string, Group>();
  const most = Math.min(MOST, Math.floor(PATIENCE / units.length));
  for (let from = 0; from < units.length; from++) {
    const hash = newHash();
    let [isOfBlocks, wantedUntil] = [false, -1];
    for (let count = 1; count <= Math.min(most, units.length - from); count++) {
      const unit = units[from + count - 1]!;
      isOfBlocks ||= unit.title !== undefined;
      hash.add(kinds[from + count - 1]!);
      for (const one of unit.reads)
        if (one >= from) hash.add(-1 - (one - from));
        else wantedUntil = Math.max(wantedUntil, lastRead[one] ?? -1);
      if (count < (isOfBlocks ? 2 : LEAST) || leaving(lastRead, from, count) !== 1) continue;
      const key = `${count} ${hash.text()}`;
      const group = groups.get(key) ?? { runs: [], whole: 0, end: 0 };
      groups.set(key, group);
      if (group.end > from) continue;
      group.runs.push({ from, count });
      if (wantedUntil < from + count) group.whole++;
      group.end = from + count;
    }
  }
  const spared = ({ runs, whole }: Group): number =>
    (runs.length - 1) *
    ((runs[0]?.count ?? 1) - 1) *
    (1 + (WHOLE * whole) / Math.max(1, runs.length));
  const none: Group = { runs: [], whole: 0, end: 0 };
  const repeated = [...groups.values()].filter(({ runs }) => runs.length > 1);
  return repeated.reduce((a, b) => (spared(b) >= spared(a) ? b : a), none).runs;
}

interface Group {
  readonly runs: Run[];
  /** Those behind which nobody reads what they read: with a shortcut the sum at its end belongs to a block. */
  whole: number;
  /** Behind the last of them. */
  end: number;
}

function numbered(units: readonly Unit[]): readonly number[] {
  const known = new Map<string, number>();
  return units.map(({ kind }) => {
    const number = known.get(kind) ?? known.size;
    known.set(kind, number);
    return number;
  });
}

/** Of numbers in order; 64 bits, so that two of a few hundred thousand are never alike. */
function newHash() {
  let [a, b] = [17, 31];
  return {
    add(value: number): void {
      a = (Math.imul(a, 0x01000193) ^ value) | 0;
      b = (Math.imul(b ^ value, 0x5bd1e995) + 0x27d4eb2f) | 0;
    },
    text: (): string => `${a} ${b}`,
  };
}

/** How many of a run's units are read behind it, or by nobody in it. */
function leaving(lastRead: readonly number[], from: number, count: number): number {
  let found = 0;
  for (let i = from; i < from + count; i++)
    if (lastRead[i]! >= from + count || lastRead[i]! < 0) found++;
  return found;
}

/** `A1`, `A2` for equal blocks; `B1` for those of another kind. */
class Letters {
  readonly #known = new Map<string, { readonly letter: string; count: number }>();

  next(kind: string): string {
    const known = this.#known.get(kind) ?? { letter: letterOf(this.#known.size), count: 0 };
    this.#known.set(kind, known);
    return `${known.letter}${++known.count}`;
  }
}

/** A … Z, AA … */
function letterOf(at: number): string {
  const last = String.fromCharCode(65 + (at % 26));
  return at < 26 ? last : `${letterOf(Math.floor(at / 26) - 1)}${last}`;
}

function merged(units: readonly Unit[], runs: readonly Run[], letters: Letters): Unit[] {
  const starts = new Map(runs.map((run) => [run.from, run]));
  const now: number[] = [];
  const made: Omit<Unit, "reads">[] = [];
  for (let at = 0; at < units.length;) {
    const { count } = starts.get(at) ?? { count: 1 };
    const inside = units.slice(at, at + count);
    for (let i = 0; i < count; i++) now.push(made.length);
    made.push(count === 1 ? inside[0]! : blockOf(inside, letters));
    at += count;
  }
  const reads = made.map(() => new Set<number>());
  units.forEach((unit, i) => {
    for (const one of unit.reads)
      if (one < 0 || now[one] !== now[i]) reads[now[i]!]!.add(one < 0 ? -1 : now[one]!);
  });
  return made.map((unit, i) => ({ ...unit, reads: [...reads[i]!] }));
}

function blockOf(inside: readonly Unit[], letters: Letters): Omit<Unit, "reads"> {
  const [first] = inside;
  const isRow = first!.title !== undefined && inside.every(({ kind }) => kind === first!.kind);
  // A row of alike blocks is of one kind, however long it is.
  const kind = isRow ? `${first!.kind}+` : `[${inside.map((one) => one.kind).join(" ")}]`;
  const title = isRow ? `${first!.title!} to ${inside.at(-1)!.title!}` : letters.next(kind);
  const items = inside.flatMap((one) => one.items);
  const inner = inside.flatMap((one) =>
    one.inner.map((block) => (block.inside === undefined ? { ...block, inside: title } : block)),
  );
  return { kind, title, items, inner: [{ path: title, items }, ...inner] };
}
