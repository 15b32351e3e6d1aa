/**
 * Joins neighbouring results of reductions over lanes into vectors, so that an epilogue is computed for all of
 * them at once.
 *
 *   e(fold acc_ow0), e(fold acc_ow1), …  =>  e([fold acc_ow0, fold acc_ow1, …])
 */
import { allLoads } from "../compute/loads.js";
import type { Instance } from "./instance.js";
import type { Nest, Result } from "./nestContext.js";
import { laneStride, type Access } from "../place/access.js";
import { foldedTogether } from "./dots.js";
import { sumLanes } from "./reduction.js";
import { constantValue } from "./values.js";

/** Results in the same order, up to a vector of them as one; those of a vector axis stay. */
export function joinLanes(
  results: readonly Result[],
  { compute, schedule, context }: Nest,
): Result[] {
  const lanes = sumLanes(schedule);
  const accesses = [
    context.access(compute, schedule, "target"),
    ...allLoads({ ...compute, body: compute.epilogue ?? compute.body }).flatMap((load) =>
      load.kind === "load" && !context.registers.has(load.source)
        ? [context.access(compute, schedule, load)]
        : [],
    ),
  ];
  // Whole blocks are joined where they begin.
  const isCut = (axis: string, { instance }: Result): boolean =>
    accesses.some(
      ({ blocked }) =>
        blocked?.axis === axis &&
        (blocked.size % lanes !== 0 || instance.get(axis)!.offset % lanes !== 0),
    );
  const sorted = schedule.dots === true ? besideInTarget(results, accesses[0]!) : results;
  const joined: Result[] = [];
  for (let at = 0; at < sorted.length;) {
    const first = sorted[at]!;
    const axis = neighbourAxis(first.instance, sorted[at + 1]?.instance);
    let count = 1;
    if (axis !== undefined && !isCut(axis, first))
      while (
        count < lanes &&
        neighbourAxis(sorted[at + count - 1]!.instance, sorted[at + count]?.instance) === axis
      )
        count++;
    joined.push(count === 1 ? first : join(sorted.slice(at, at + count), axis!, lanes));
    at += count;
  }
  return joined;
}

/** What lies side by side in the target one after the other. */
function besideInTarget(results: readonly Result[], target: Access): readonly Result[] {
  const [first] = results;
  const beside = [...(first?.instance.keys() ?? [])].find((axis) => laneStride(target, axis) === 1);
  if (beside === undefined) return results;
  const groups = new Map<string, Result[]>();
  for (const result of results) {
    const key = [...result.instance]
      .map(([axis, { offset }]) => (axis === beside ? "" : offset))
      .join(" ");
    groups.set(key, [...(groups.get(key) ?? []), result]);
  }
  return [...groups.values()].flat();
}

/** The one axis along which the second instance follows the first; undefined where it does not. */
function neighbourAxis(first: Instance, second: Instance | undefined): string | undefined {
  if (second === undefined) return undefined;
  const [axis, ...others] = [...first.keys()].filter(
    (name) => first.get(name)!.offset !== second.get(name)!.offset,
  );
  if (axis === undefined || others.length > 0) return undefined;
  const [a, b] = [first.get(axis)!, second.get(axis)!];
  return a.lanes === 1 && b.lanes === 1 && b.offset === a.offset + 1 ? axis : undefined;
}

function join(results: readonly Result[], axis: string, lanes: number): Result {
  const [{ instance, value }] = results as readonly [Result];
  const position = { ...instance.get(axis)!, lanes, count: results.length };
  const { dtype } = value;
  const folded = foldedTogether(
    results.map((one) => one.value),
    lanes,
  );
  const instanceOf = new Map([...instance, [axis, position]]);
  if (folded !== undefined) return { instance: instanceOf, value: folded };
  const operands = Array.from(
    { length: lanes },
    (_, lane) => results[lane]?.value ?? constantValue(0, dtype),
  );
  return {
    instance: instanceOf,
    value: { kind: "build", dtype, lanes, operands },
  };
}
