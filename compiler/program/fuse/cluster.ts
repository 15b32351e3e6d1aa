/** Finds what one kernel can compute: a node, and the pointwise nodes that nothing else stands between. */
import type { Node } from "../../graph/graph.js";
import type { View } from "../../compute/view.js";
import type { Branches, Layout } from "../../ops/op.js";
import { sameDims } from "../../base/tensor.js";
import type { ValueId } from "../program.js";
import { sourceOf, type Part } from "./part.js";
import { pointwiseCompute, readsInPlace } from "./substitute.js";

/** Nodes of one kernel: code grows with them, and so does the time that is looked ahead. */
export const MOST_NODES = 64;

/** A node with its meaning over operands. */
export interface Unit extends Part {
  readonly node: Node;
  readonly value: ValueId;
  /** In the graph's order. */
  readonly position: number;
  readonly layout: Layout;
  /** Set where the op's result can be memory that is there already. */
  readonly view?: View;
  /** Set where the op reads only one of two sources, as a third says. */
  readonly branches?: Branches;
}

export interface Uses {
  /** The nodes that read a value, in the graph's order. */
  readonly readers: ReadonlyMap<ValueId, readonly Unit[]>;
  readonly outputs: ReadonlySet<ValueId>;
  /** Constants, and what is made of nothing else. */
  readonly fixed: ReadonlySet<ValueId>;
}

/** Views may become places; what a branch reads need not be computed where it is not taken, so nothing joins it. */
export function standsAlone(unit: Unit): boolean {
  return unit.view !== undefined || unit.branches !== undefined;
}

/**
 * The largest set that starts at `anchor`, goes on through pointwise nodes, and that only its last value
 * leaves: a diamond like SiLU fits, a value that something else reads ends it.
 */
export function growCluster(anchor: Unit, uses: Uses, claimed: ReadonlySet<Unit>): readonly Unit[] {
  let best: readonly Unit[] = [anchor];
  const { readers, outputs } = uses;
  if (standsAlone(anchor) || outputs.has(anchor.value)) return best;
  const members: Unit[] = [anchor];
  const values = new Set<ValueId>([anchor.value]);
  const waiting = new UnitQueue();
  const readersOf = (unit: Unit): readonly Unit[] => readers.get(unit.value) ?? [];
  waiting.add(readersOf(anchor));
  // Reads of members by what is no member (yet).
  let open = readersOf(anchor).length;
  for (let unit = waiting.take(); unit !== undefined; unit = waiting.take()) {
    if (members.length === MOST_NODES) break;
    if (claimed.has(unit) || !extendsCluster(unit, values, anchor, uses)) continue;
    const read = new Set(Object.values(unit.operands).filter((value) => values.has(value)));
    open -= read.size;
    members.push(unit);
    values.add(unit.value);
    if (open === 0) best = [...members];
    // What leaves the model is read by somebody who never joins.
    if (outputs.has(unit.value)) break;
    open += readersOf(unit).length;
    waiting.add(readersOf(unit));
  }
  return best;
}

function extendsCluster(
  unit: Unit,
  values: ReadonlySet<ValueId>,
  anchor: Unit,
  { fixed }: Uses,
): boolean {
  // What is the same in every run need not be computed in each.
  if (standsAlone(unit) || fixed.has(unit.value) !== fixed.has(anchor.value)) return false;
  const compute = pointwiseCompute(unit.kernel);
  const { dims } = anchor.node.type;
  if (compute === undefined || !sameDims(unit.node.type.dims, dims)) return false;
  return Object.values(unit.operands)
    .filter((value) => values.has(value))
    .every((value) => readsInPlace(compute, sourceOf(unit, value)!, dims));
}

/** Units in the graph's order, each once: a binary heap. */
class UnitQueue {
  readonly #heap: Unit[] = [];
  readonly #seen = new Set<Unit>();

  add(units: readonly Unit[]): void {
    for (const unit of units) {
      if (this.#seen.has(unit)) continue;
      this.#seen.add(unit);
      this.#heap.push(unit);
      for (let at = this.#heap.length - 1; at > 0;) {
        const above = (at - 1) >> 1;
        if (this.#heap[above]!.position <= this.#heap[at]!.position) break;
        this.#swap(at, above);
        at = above;
      }
    }
  }

  take(): Unit | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (first === undefined || last === undefined || heap.length === 0) return first;
    heap[0] = last;
    for (let at = 0; ;) {
      const [left, right] = [2 * at + 1, 2 * at + 2];
      let least = at;
      if (left < heap.length && heap[left]!.position < heap[least]!.position) least = left;
      if (right < heap.length && heap[right]!.position < heap[least]!.position) least = right;
      if (least === at) return first;
      this.#swap(at, least);
      at = least;
    }
  }

  #swap(a: number, b: number): void {
    [this.#heap[a], this.#heap[b]] = [this.#heap[b]!, this.#heap[a]!];
  }
}
