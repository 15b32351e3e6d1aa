/**
 * Blocks of layers, read off their names: `layer1.0.conv1` is in layer1 and in layer1.0. What a layer computes that has
 * no name of its own (`relu_3`) goes with what it reads.
 */
import type { Block } from "./block.js";
import type { NodeData } from "./data.js";
import type { Edge, Item, Picture } from "./items.js";

/** Blocks that are at least two items and not all of them, outer ones before inner ones. */
export function namedBlocks({ items, edges }: Picture): Block[] {
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
  // What reads nothing, as what fills a margin or transforms weights, goes with what reads it.
  for (const { from, to } of edges) {
    const path = sources.has(from) || paths.get(from)?.length !== 0 ? undefined : paths.get(to);
    if (path !== undefined) paths.set(from, path);
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
