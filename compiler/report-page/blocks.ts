/**
 * Blocks of layers, read off their names: `layer1.0.conv1` is in layer1 and in layer1.0. What a layer computes that has
 * no name of its own (`relu_3`) goes with what it reads.
 */
import type { NodeData } from "./data.js";
import type { Edge, Item, Picture } from "./items.js";

export interface Block {
  /** `layer1.0` */
  readonly path: string;
  /** The block that it is in. */
  readonly inside?: string;
  readonly items: readonly string[];
}

/** Blocks that are at least two items and not all of them, outer ones before inner ones. */
export function blocksOf({ items, edges }: Picture): Block[] {
  const members = new Map<string, string[]>();
  const paths = pathsOf(items, edges);
  for (const [id, path] of paths)
    path.forEach((_, depth) => {
      const key = path.slice(0, depth + 1).join("\0");
      const known = members.get(key);
      if (known === undefined) members.set(key, [id]);
      else known.push(id);
    });
  const all = items.filter(({ kind }) => kind === "node" || kind === "kernel").length;
  const kept = [...members].filter(([, ids]) => ids.length > 1 && ids.length < all);
  const names = new Map(kept.map(([key]) => [key, nameOf(key)]));
  return kept
    .sort(([a], [b]) => a.split("\0").length - b.split("\0").length)
    .filter(([key, ids]) => {
      const outer = members.get(outerOf(key) ?? "");
      return outer === undefined || outer.length > ids.length || !names.has(outerOf(key)!);
    })
    .map(([key, ids]) => {
      let outer = outerOf(key);
      while (outer !== undefined && !names.has(outer)) outer = outerOf(outer);
      return {
        path: nameOf(key),
        ...(outer === undefined ? {} : { inside: nameOf(outer) }),
        items: ids,
      };
    });
}

/** Paths keep what joins their parts, since ONNX files have dots in what slashes separate. */
const nameOf = (key: string): string => key.split("\0").join("");

function outerOf(key: string): string | undefined {
  const at = key.lastIndexOf("\0");
  return at < 0 ? undefined : key.slice(0, at);
}

type Path = readonly string[];

function pathsOf(items: readonly Item[], edges: readonly Edge[]): Map<string, Path> {
  const sources = new Map<string, string[]>();
  for (const { from, to } of edges) {
    const known = sources.get(to);
    if (known === undefined) sources.set(to, [from]);
    else known.push(from);
  }
  const order = new Map(items.map(({ id }, i) => [id, i]));
  const paths = new Map<string, Path>();
  for (const { id, kind, nodes } of items) {
    const [node] = nodes;
    if (kind !== "node" && kind !== "kernel") continue;
    const read = (sources.get(id) ?? []).toSorted((a, b) => order.get(b)! - order.get(a)!);
    const isUnnamed = node === undefined || isNamedByOp(node);
    paths.set(
      id,
      isUnnamed ? pathAmong(read.map((one) => paths.get(one) ?? [])) : partsOf(node.name),
    );
  }
  return paths;
}

/**
 * Where what reads values of these paths belongs, the last computed first: with that, or, where another is of the block
 * round it, as the sum of a residual block with a shortcut of its own, in that.
 */
function pathAmong([last = [], ...others]: readonly Path[]): Path {
  const around = last.slice(0, -1);
  const isAround = (path: Path): boolean =>
    path.length === around.length && path.every((part, i) => part === around[i]);
  return around.length > 0 && others.some(isAround) ? around : last;
}

/** `relu`, `relu_3` of an op relu */
function isNamedByOp({ name, op }: NodeData): boolean {
  return name === op || (name.startsWith(`${op}_`) && /^\d+$/.test(name.slice(op.length + 1)));
}

/** `a.b.c` => ["a", ".b"] */
function partsOf(name: string): readonly string[] {
  const separator = name.includes("/") ? "/" : ".";
  const parts = name.slice(0, name.lastIndexOf(separator)).split(separator);
  if (!name.includes(separator)) return [];
  return parts.map((part, i) => (i === 0 ? part : `${separator}${part}`)).slice(0, DEEPEST);
}

/** Names come from files: what is nested deeper than anybody nests layers is one block. */
const DEEPEST = 8;

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
  const done = new Set<string>();
  const shown = items.flatMap((item): Item[] => {
    const path = owner.get(item.id);
    if (path === undefined) return [item];
    if (done.has(path)) return [];
    done.add(path);
    return [blockItem(path, members.get(path)!)];
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
