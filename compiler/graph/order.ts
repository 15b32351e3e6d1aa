/** Which nodes the outputs need, and an order in which each comes after what it reads. */
import type { Operand } from "./definition.js";

export interface Reader {
  readonly name: string;
  readonly inputs: readonly (Operand | undefined)[];
}

/** The nodes that `roots` need, in the order given. Of nodes of one name only the first counts. */
export function liveNodes<T extends Reader>(nodes: readonly T[], roots: Iterable<Operand>): T[] {
  const byOperand = indexNodes(nodes);
  const live = new Set<T>();
  const open = [...roots];
  for (let operand = open.pop(); operand !== undefined; operand = open.pop()) {
    const node = byOperand.get(operand);
    if (node === undefined || live.has(node)) continue;
    live.add(node);
    for (const input of node.inputs) if (input !== undefined) open.push(input);
  }
  return nodes.filter((node) => live.has(node));
}

/** Nodes each of which needs all others. */
export interface Cycle<T> {
  readonly members: readonly T[];
  /** Names along one way round: each node reads the next, the last one the first. */
  readonly names: readonly string[];
}

export interface Sorted<T> {
  readonly nodes: readonly T[];
  /** One for each group of nodes that need one another, whatever the number of ways round. */
  readonly cycles: readonly Cycle<T>[];
}

/** Where a search has got to in one node. */
interface Visit<T> {
  readonly node: T;
  /** In the order in which nodes were met. */
  readonly met: number;
  /** The earliest node still open that this one needs. */
  low: number;
  next: number;
  open: boolean;
}

/**
 * Each node after those it reads, otherwise in the order given, so that a sorted list stays as it is. Groups that
 * need one another are found on the way (Tarjan 1972), with a stack of our own: graphs are deep.
 */
export function sortNodes<T extends Reader>(nodes: readonly T[]): Sorted<T> {
  const byOperand = indexNodes(nodes);
  const sorted: T[] = [];
  const cycles: Cycle<T>[] = [];
  const visits = new Map<T, Visit<T>>();
  const group: Visit<T>[] = [];
  const path: Visit<T>[] = [];
  const enter = (node: T): void => {
    const visit = { node, met: visits.size, low: visits.size, next: 0, open: true };
    visits.set(node, visit);
    group.push(visit);
    path.push(visit);
  };
  for (const root of nodes) {
    if (visits.has(root)) continue;
    enter(root);
    for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
      if (top.next === top.node.inputs.length) {
        sorted.push(top.node);
        path.pop();
        const above = path.at(-1);
        if (above !== undefined) above.low = Math.min(above.low, top.low);
        if (top.low === top.met) closeGroup(top, group, byOperand, cycles);
        continue;
      }
      const operand = top.node.inputs[top.next++];
      const node = operand === undefined ? undefined : byOperand.get(operand);
      if (node === undefined) continue;
      const known = visits.get(node);
      if (known === undefined) enter(node);
      else if (known.open) top.low = Math.min(top.low, known.met);
    }
  }
  return { nodes: sorted, cycles };
}

/** Takes what was met since `first` off the group: it needs no node that is still open. */
function closeGroup<T extends Reader>(
  first: Visit<T>,
  group: Visit<T>[],
  byOperand: ReadonlyMap<Operand, T>,
  cycles: Cycle<T>[],
): void {
  const at = group.lastIndexOf(first);
  const members = group.splice(at);
  for (const member of members) member.open = false;
  const { node } = first;
  const own = `%${node.name}` as const;
  const readsItself = byOperand.get(own) === node && node.inputs.includes(own);
  if (members.length === 1 && !readsItself) return;
  const inside = members.map((member) => member.node);
  cycles.push({ members: inside, names: wayRound(node, new Set(inside), byOperand) });
}

/** The shortest way from a node back to it. */
function wayRound<T extends Reader>(
  start: T,
  inside: ReadonlySet<T>,
  byOperand: ReadonlyMap<Operand, T>,
): string[] {
  const reader = new Map<T, T>();
  const open = [start];
  for (const at of open) {
    for (const input of at.inputs) {
      const next = input === undefined ? undefined : byOperand.get(input);
      if (next === start) return namesTo(at, start, reader);
      if (next === undefined || !inside.has(next) || reader.has(next)) continue;
      reader.set(next, at);
      open.push(next);
    }
  }
  throw new Error(`no way leads from '${start.name}' back to it`);
}

function namesTo<T extends Reader>(last: T, start: T, reader: ReadonlyMap<T, T>): string[] {
  const names = [last.name];
  for (let at = last; at !== start;) {
    at = reader.get(at)!;
    names.push(at.name);
  }
  return names.reverse();
}

function indexNodes<T extends Reader>(nodes: readonly T[]): Map<Operand, T> {
  const byOperand = new Map<Operand, T>();
  for (const node of nodes) {
    if (!byOperand.has(`%${node.name}`)) byOperand.set(`%${node.name}`, node);
  }
  return byOperand;
}
