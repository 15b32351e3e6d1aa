/** Blocks of layers: by their names, or, where those say nothing, by what is there again and again; and folding them. */
import type { Block } from "./block.js";
import type { Edge, Item, Picture } from "./items.js";
import { namedBlocks } from "./namedBlocks.js";
import { repeatedBlocks } from "./repeatedBlocks.js";

/** Outer ones before inner ones; by names where those put at least half of all items into blocks. */
export function blocksOf(picture: Picture): Block[] {
  const named = namedBlocks(picture);
  const inside = new Set(named.flatMap(({ items }) => items));
  if (2 * inside.size >= picture.items.length) return named;
  const repeated = repeatedBlocks(picture);
  return repeated.length > 0 ? repeated : named;
}

/** As many items as a glance takes in. */
const MOST_ITEMS = 60;

/** The blocks to fold at first: outer ones are unfolded, the smallest first, as long as a glance takes it all in. */
export function foldedAtFirst(picture: Picture, blocks: readonly Block[]): Set<string> {
  const folded = new Set(blocks.map(({ path }) => path));
  if (picture.items.length <= MOST_ITEMS) return new Set();
  const visible = (): number => foldBlocks(picture, blocks, folded).items.length;
  const levels = new Map<string | undefined, Block[]>();
  for (const block of blocks) {
    const known = levels.get(block.inside);
    if (known === undefined) levels.set(block.inside, [block]);
    else known.push(block);
  }
  let level = levels.get(undefined) ?? [];
  while (level.length > 0) {
    const open = level.filter(({ path }) => levels.has(path));
    for (const { path } of open) folded.delete(path);
    if (open.length === 0 || visible() > MOST_ITEMS) {
      for (const { path } of open) folded.add(path);
      break;
    }
    level = open.flatMap(({ path }) => levels.get(path)!);
  }
  return folded;
}

export const blockId = (path: string): string => `block ${path}`;

/** The picture with each folded block, the outermost of those that are in one another, as one item. */
export function foldBlocks(
  { items, edges }: Picture,
  blocks: readonly Block[],
  folded: ReadonlySet<string>,
): Picture {
  const owner = new Map<string, string>();
  // Inner blocks come later, and do not take from outer ones.
  for (const { path, items: ids } of blocks)
    if (folded.has(path)) for (const id of ids) if (!owner.has(id)) owner.set(id, path);
  const members = new Map<string, Item[]>();
  for (const item of items) {
    const path = owner.get(item.id);
    if (path === undefined) continue;
    const known = members.get(path);
    if (known === undefined) members.set(path, [item]);
    else known.push(item);
  }
  const reading = new Set(edges.map(({ to }) => to));
  const shown = items.flatMap((item): Item[] => {
    const path = owner.get(item.id);
    if (path === undefined) return [item];
    // A block stands where it begins to read: what runs at load is long before.
    const inside = members.get(path)!;
    const first = inside.find(({ id }) => reading.has(id)) ?? inside[0]!;
    return item === first ? [blockItem(path, inside)] : [];
  });
  const idOf = (id: string): string => {
    const path = owner.get(id);
    return path === undefined ? id : blockId(path);
  };
  const known = new Map<string, Edge>();
  for (const edge of edges) {
    const [from, to] = [idOf(edge.from), idOf(edge.to)];
    const key = `${from}\0${to}`;
    if (from === to || (known.has(key) && edge.gone === true)) continue;
    known.set(key, { from, to, ...(edge.gone === undefined ? {} : { gone: true }) });
  }
  return { items: shown, edges: [...known.values()] };
}

function blockItem(path: string, items: readonly Item[]): Item {
  const changes = new Set(items.map(({ change }) => change));
  const [only] = changes;
  const change = changes.size === 1 ? only : "changed";
  const there = items.filter((item) => item.change !== "gone");
  const nodes = there.flatMap((item) => item.nodes);
  const isKernels = items[0]!.kind === "kernel";
  const what = isKernels ? "kernels" : "layers";
  return {
    id: blockId(path),
    kind: "block",
    title: path,
    nodes,
    detail: `${there.length} ${what}`,
    ...(change === undefined ? {} : { change }),
  };
}
