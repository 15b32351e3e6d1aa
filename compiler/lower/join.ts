/**
 * Joins neighbouring results of reductions over lanes into vectors, so that an epilogue is computed for all of
 * them at once.
 *
 *   e(fold acc_ow0), e(fold acc_ow1), …  =>  e([fold acc_ow0, fold acc_ow1, …])
 */
import { allLoads } from "../compute/loads.js";
import type { Instance } from "./instance.js";
import type { Nest, Result } from "./nestContext.js";
import { constantValue } from "./values.js";

/** Results in the same order, up to a vector of them as one; those of a vector axis stay. */
export function joinLanes(
  results: readonly Result[],
  { compute, schedule, context }: Nest,
): Result[] {
  const accesses = [
    context.access(compute, schedule, "target"),
    ...allLoads({ ...compute, body: compute.epilogue ?? compute.body }).flatMap((load) =>
      load.kind === "load" && !context.registers.has(load.source)
        ? [context.access(compute, schedule, load)]
        : [],
    ),
  ];
  const isBlocked = (axis: string): boolean =>
    accesses.some(({ blocked }) => blocked?.axis === axis);
  const joined: Result[] = [];
  for (let at = 0; at < results.length;) {
    const first = results[at]!;
    const axis = neighbourAxis(first.instance, results[at + 1]?.instance);
    let count = 1;
    if (axis !== undefined && !isBlocked(axis))
      while (
        count < schedule.lanes &&
        neighbourAxis(results[at + count - 1]!.instance, results[at + count]?.instance) === axis
      )
        count++;
    joined.push(count === 1 ? first : join(results.slice(at, at + count), axis!, schedule.lanes));
    at += count;
  }
  return joined;
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
  const operands = Array.from(
    { length: lanes },
    (_, lane) => results[lane]?.value ?? constantValue(0, dtype),
  );
  return {
    instance: new Map([...instance, [axis, position]]),
    value: { kind: "build", dtype, lanes, operands },
  };
}
