/**
 * Follows the rows of a kernel that strips were made of, step by step: which rows are in its memory, and that each of
 * its Computes finds there the rows that it means.
 */
import { extentsOf, intervalOf } from "../../compute/affine.js";
import type { Axis, Compute, Index, Kernel, Load } from "../../compute/ir.js";
import { reads } from "../../compute/verify/life.js";
import { stagesOf, type Stage } from "../../compute/scan.js";
import { isConstant, sameAt, shifted, valueAt, type Steps } from "./rowIndex.js";
import { pairUp, type Pairs } from "./pairs.js";
import {
  readProblem,
  rowMeant,
  type Held,
  type Layout,
  type Member,
  type Memory,
  type RowContext,
} from "./rowReads.js";

/** The first thing that is wrong with a kernel made of members; undefined where it computes what they do. */
export function rowProblem(
  kernel: Kernel,
  members: readonly Member[],
  layout: Layout,
): string | undefined {
  const { computes, outer, temporaries } = kernel;
  if (temporaries.length === 0 || temporaries.length % (members.length - 1) !== 0)
    return "has other memory than between its parts";
  const at = layout.order.indexOf(layout.rows);
  const follow = (steps: Steps): string | undefined => {
    const memory = temporaries.map(({ dims }): Memory => ({ rows: new Array<Held>(dims[at]!) }));
    const run = (stages: readonly Stage[], inside: Steps): string | undefined => {
      for (const stage of stages) {
        if (stage.kind === "compute") {
          const compute = computes[stage.position]!;
          const problem = new Rows({ kernel, members, layout, memory }, inside).problemOf(compute);
          if (problem !== undefined) return `compute ${stage.position} ${problem}`;
          continue;
        }
        const { name, extent } = stage.axis;
        for (let step = 0; step < extent; step++) {
          const problem = run(stage.body, new Map([...inside, [name, step]]));
          if (problem !== undefined) return problem;
        }
      }
      return undefined;
    };
    return run(stagesOf(computes), steps);
  };
  // Outer axes beyond those that all members share are steps that find nothing of each other's.
  const step = outer[layout.shared.length];
  if (step === undefined) return follow(new Map());
  for (let i = 0; i < step.extent; i++) {
    const problem = follow(new Map([[step.name, i]]));
    if (problem !== undefined) return problem;
  }
  return undefined;
}

class Rows {
  constructor(
    private readonly context: RowContext,
    private readonly steps: Steps,
  ) {}

  problemOf(compute: Compute): string | undefined {
    const { temporaries } = this.context.kernel;
    const number = temporaries.findIndex(({ name }) => name === compute.target);
    const isMap = compute.reduce.length === 0 && compute.epilogue === undefined;
    const { body } = compute;
    if (number >= 0 && isMap && body.kind === "constant")
      return this.#filled(compute, number, body.value);
    if (number >= 0 && isMap && body.kind === "load" && body.source === compute.target)
      return this.#moved(compute, number, body);
    return this.#computed(compute, number);
  }

  /** The member that a temporary holds the rows of; of what is none, the last one. */
  #memberOf(position: number): number {
    const links = this.context.members.length - 1;
    return position < 0 ? links : position % links;
  }

  /** The temporary from which a Compute of a member reads rows of the one before; −1 where there is none. */
  #read(compute: Compute, number: number): number {
    const { temporaries } = this.context.kernel;
    return temporaries.findIndex(
      ({ name }, position) => this.#memberOf(position) === number - 1 && reads(compute, name),
    );
  }

  get #at(): number {
    return this.context.layout.order.indexOf(this.context.layout.rows);
  }

  /** Of something that goes through whole rows: its axis and where that begins; undefined for any other. */
  #wholeRows(axes: readonly Axis[], index: readonly Index[], number: number) {
    const { dims } = this.context.kernel.temporaries[number]!;
    const ranges = index.map((one) => intervalOf(one, extentsOf(axes)));
    const whole = ranges.every(
      ({ min, max }, d) => d === this.#at || (min === 0 && max === dims[d]! - 1),
    );
    return whole ? ranges[this.#at]! : undefined;
  }

  #filled({ axes, index }: Compute, number: number, value: number): string | undefined {
    const range = this.#wholeRows(axes, index, number);
    const memory = this.context.memory[number]!;
    if (range === undefined) return "fills a part of some rows";
    const all = range.min === 0 && range.max === memory.rows.length - 1;
    if (memory.fill === undefined && all) memory.fill = value;
    if (!Object.is(memory.fill, value)) return `fills in ${value} beside ${memory.fill}`;
    memory.rows.fill("fill", range.min, range.max + 1);
    return undefined;
  }

  #moved({ axes, index }: Compute, number: number, body: Load): string | undefined {
    const to = this.#wholeRows(axes, index, number);
    const from = this.#wholeRows(axes, body.index, number);
    const { rows } = this.context.memory[number]!;
    const straight = index.every(({ terms }, d) =>
      terms.every(({ of, coefficient }, i) => {
        const other = body.index[d]!.terms[i];
        return other?.of === of && other.coefficient === coefficient;
      }),
    );
    if (to === undefined || from === undefined || !straight) return "moves a part of some rows";
    const held = rows.slice(from.min, from.max + 1);
    held.forEach((one, i) => (rows[to.min + i] = one));
    return undefined;
  }

  /** Some rows of a member, into a temporary or the output: whatever it reads is what the member means. */
  #computed(compute: Compute, position: number): string | undefined {
    const number = this.#memberOf(position);
    const member = this.context.members[number]!;
    const [meant] = member.kernel.computes as readonly [Compute];
    const pairs: Pairs = { indices: [], moved: [] };
    const read = this.#read(compute, number);
    const before = this.context.kernel.temporaries[read]?.name;
    const renamed = (source: string) =>
      source === member.reads
        ? { name: before ?? "", moved: true }
        : { name: member.renamed.get(source) ?? "", moved: false };
    const alike = (["body", "init", "epilogue"] as const).every((part) =>
      pairUp(meant[part], compute[part], renamed, pairs),
    );
    const row = this.#axisOf(meant, this.context.layout.rows);
    const shared = this.context.layout.shared.map((d) => this.#axisOf(meant, d));
    const kept = meant.axes.filter(({ name }) => name !== row && !shared.includes(name));
    const own = compute.axes.filter(({ name }) => name !== row);
    const same =
      meant.combine === compute.combine &&
      JSON.stringify([kept, meant.reduce]) === JSON.stringify([own, compute.reduce]);
    if (!alike || !same) return `computes something else than ${number + 1} of its parts`;
    const count = compute.axes.find(({ name }) => name === row)?.extent ?? 0;
    for (let i = 0; i < count; i++) {
      const problem = this.#row(compute, meant, { position, read }, row, shared, pairs, i);
      if (problem !== undefined) return problem;
    }
    return undefined;
  }

  #axisOf({ index }: Compute, d: number): string {
    const of = index[d]!.terms[0]?.of;
    return typeof of === "string" ? of : "";
  }

  #row(
    compute: Compute,
    meant: Compute,
    { position, read }: { readonly position: number; readonly read: number },
    axis: string,
    shared: readonly string[],
    pairs: Pairs,
    i: number,
  ): string | undefined {
    const { rows: cut, order } = this.context.layout;
    const here = new Map([...this.steps, [axis, i]]);
    const isOut = compute.target === "out";
    const at = valueAt(compute.index[isOut ? cut : this.#at]!, here);
    const member = this.context.members[this.#memberOf(position)]!;
    const { memory, layout } = this.context;
    const row = isOut ? at : rowMeant(pairs, axis, here, member, memory[read], layout);
    const rows = member.kernel.output.dims[cut]!;
    if (row === undefined || row < 0 || row >= rows) return `computes row ${row} of ${rows}`;
    const renamedAxes = new Map(
      shared.map((name, s) => [name, this.context.kernel.outer[s]!.name]),
    );
    const agree = pairs.indices.every(([one, other]) =>
      sameAt(one, other, axis, row, here, renamedAxes),
    );
    if (!agree) return `reads something else for row ${row}`;
    for (const [one, other] of pairs.moved) {
      const problem = readProblem([one, other], { compute, axis, row, here }, read, this.context);
      if (problem !== undefined) return `${problem} for row ${row}`;
    }
    const placed = order.every((d, p) => {
      const index = compute.index[isOut ? d : p]!;
      if (d === cut) return true;
      if (!isOut && this.context.layout.shared.includes(d)) return isConstant(index, 0);
      const margin = isOut ? 0 : this.#marginAt(position, d, compute, meant);
      const wanted = shifted(meant.index[d]!, margin);
      return margin >= 0 && sameAt(wanted, index, axis, row, here, renamedAxes);
    });
    if (!placed) return `writes row ${row} where it is not`;
    if (!isOut) memory[position]!.rows[at] = row;
    return undefined;
  }

  /** Elements before the value in a dim: as the first has it who writes there. */
  #marginAt(position: number, d: number, compute: Compute, meant: Compute): number {
    const memory = this.context.memory[position]!;
    const { order } = this.context.layout;
    memory.margin ??= meant.index.map(
      ({ constant }, dim) => compute.index[order.indexOf(dim)]!.constant - constant,
    );
    return memory.margin[d]!;
  }
}
