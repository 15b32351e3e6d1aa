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

export interface Sorted<T> {
  readonly nodes: readonly T[];
  /** Names along each cycle that was met; its last edge is left out of account. */
  readonly cycles: readonly (readonly string[])[];
}

/** Each node after those it reads, otherwise in the order given, so that a sorted list stays as it is. */
export function sortNodes<T extends Reader>(nodes: readonly T[]): Sorted<T> {
  const byOperand = indexNodes(nodes);
  const sorted: T[] = [];
  const cycles: string[][] = [];
  const state = new Map<T, "open" | "done">();
  for (const root of nodes) {
    if (state.has(root)) continue;
    state.set(root, "open");
    const path = [{ node: root, next: 0 }];
    for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
      if (top.next === top.node.inputs.length) {
        state.set(top.node, "done");
        sorted.push(top.node);
        path.pop();
        continue;
      }
      const operand = top.node.inputs[top.next++];
      const node = operand === undefined ? undefined : byOperand.get(operand);
      if (node === undefined || state.get(node) === "done") continue;
      if (state.get(node) === "open") {
        const start = path.findIndex((step) => step.node === node);
        cycles.push(path.slice(start).map((step) => step.node.name));
        continue;
      }
      state.set(node, "open");
      path.push({ node, next: 0 });
    }
  }
  return { nodes: sorted, cycles };
}

function indexNodes<T extends Reader>(nodes: readonly T[]): Map<Operand, T> {
  const byOperand = new Map<Operand, T>();
  for (const node of nodes) {
    if (!byOperand.has(`%${node.name}`)) byOperand.set(`%${node.name}`, node);
  }
  return byOperand;
}
