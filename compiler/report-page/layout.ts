/**
 * Where the items of a picture stand, by dagre: layers from top to bottom. It is small enough to be on the page, where
 * folding a block asks for it again. Edges past many layers are not its business: they would fill each layer in between
 * with room for themselves, and the time goes with their square; they are drawn as arcs beside.
 */
import { Graph, layout } from "@dagrejs/dagre";
import type { Edge, Picture } from "./items.js";

export interface Spot {
  /** Of the middle. */
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export type Point = readonly [x: number, y: number];

export interface Route {
  readonly edge: Edge;
  /** From the lower side of one item to the upper side of another; of an arc the ends alone. */
  readonly points: readonly Point[];
  readonly arc: boolean;
}

export interface Layout {
  readonly width: number;
  readonly height: number;
  readonly spots: ReadonlyMap<string, Spot>;
  readonly routes: readonly Route[];
}

/** Past how many layers an edge goes at most to be laid out: a residual block of three convolutions has nine. */
const LONGEST = 10;
/** From so many items on ranks come from the longest path, which takes no time. */
const MANY = 600;

/** The height of an item; all are of one width. */
export function layoutOf(
  { items, edges }: Picture,
  width: number,
  heightOf: (id: string) => number,
): Layout {
  const graph = new Graph({ multigraph: false });
  const ranker = items.length > MANY ? "longest-path" : "network-simplex";
  graph.setGraph({ rankdir: "TB", nodesep: 28, ranksep: 34, marginx: 24, marginy: 24, ranker });
  graph.setDefaultEdgeLabel(() => ({}));
  // Names come from files: dagre sees numbers.
  const position = new Map(items.map(({ id }, i) => [id, i]));
  items.forEach(({ id }, i) => graph.setNode(String(i), { width, height: heightOf(id) }));
  const short = shortEdges(edges, position, items.length);
  for (const { from, to } of short)
    graph.setEdge(String(position.get(from)!), String(position.get(to)!));
  layout(graph);
  const spots = new Map(
    items.map(({ id }, i): [string, Spot] => {
      const { x, y, height } = graph.node(String(i)) as Spot;
      return [id, { x, y, width, height }];
    }),
  );
  const routes = edges.map((edge): Route => {
    const [from, to] = [spots.get(edge.from)!, spots.get(edge.to)!];
    if (!short.has(edge)) return { edge, points: arcEnds(from, to), arc: true };
    const ends: Point = [to.x, to.y - to.height / 2];
    const start: Point = [from.x, from.y + from.height / 2];
    const { points } = graph.edge(
      String(position.get(edge.from)!),
      String(position.get(edge.to)!),
    ) as {
      readonly points: readonly { readonly x: number; readonly y: number }[];
    };
    const inner = points.slice(1, -1).map(({ x, y }): Point => [x, y]);
    return { edge, points: [start, ...inner, ends], arc: false };
  });
  const { width: wide = 0, height = 0 } = graph.graph() as { width?: number; height?: number };
  const bulge = routes.some(({ arc }) => arc) ? ARC : 0;
  return { width: wide + bulge, height, spots, routes };
}

/** How far arcs go out beside at most. */
export const ARC = 120;

function arcEnds(from: Spot, to: Spot): readonly Point[] {
  return [
    [from.x + from.width / 2, from.y],
    [to.x + to.width / 2, to.y],
  ];
}

function shortEdges(
  edges: readonly Edge[],
  position: ReadonlyMap<string, number>,
  count: number,
): ReadonlySet<Edge> {
  // Folding can make an item read what stands behind it.
  const forward = edges.filter(({ from, to }) => position.get(from)! < position.get(to)!);
  const into: number[][] = Array.from({ length: count }, () => []);
  const out: number[][] = Array.from({ length: count }, () => []);
  for (const edge of forward) {
    const [from, to] = [position.get(edge.from)!, position.get(edge.to)!];
    into[to]!.push(from);
    out[from]!.push(to);
  }
  const ranks = into.map(() => 0);
  into.forEach((from, i) => {
    for (const one of from) ranks[i] = Math.max(ranks[i]!, ranks[one]! + 1);
  });
  // What reads nothing stands where it is read first.
  into.forEach((from, i) => {
    const first = out[i]!.reduce((least, to) => Math.min(least, ranks[to]!), Infinity);
    if (from.length === 0 && first < Infinity) ranks[i] = first - 1;
  });
  const span = ({ from, to }: Edge): number =>
    ranks[position.get(to)!]! - ranks[position.get(from)!]!;
  return new Set(forward.filter((edge) => span(edge) <= LONGEST));
}
