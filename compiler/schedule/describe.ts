/** Says in one line how the loops of a Compute run: what merges, what is unrolled or over lanes. */
import type { Axis } from "../compute/ir.js";
import type { Schedule, Split } from "./schedule.js";

/** `for oh<6 (2 unrolled), i=ow·oc<24 (2 unrolled, 4 lanes), kh<3`; `once` where there is no axis. */
export function describeSchedule(schedule: Schedule, axes: readonly Axis[]): string {
  const extents = new Map(axes.map(({ name, extent }) => [name, extent]));
  const {
    fuse = {},
    order,
    split,
    park,
    partialSums,
    grouped,
    accumulators,
    pairs,
    foldTables,
    turnSquares,
    dots,
  } = schedule;
  const loops = order.map((axis) => {
    const parts = fuse[axis];
    const extent = (parts ?? [axis]).reduce((all, part) => all * (extents.get(part) ?? NaN), 1);
    const name = parts === undefined ? axis : `${axis}=${parts.join("·")}`;
    const size = Number.isNaN(extent) ? name : `${name}<${extent}`;
    return `${size}${splitsText(split[axis])}`;
  });
  const rest = Object.keys(split)
    .filter((axis) => !order.includes(axis))
    .map((axis) => `${axis}${splitsText(split[axis])}`);
  const all = [...loops, ...rest];
  const more = [
    ...(grouped === undefined ? [] : [`${grouped.elements} of ${grouped.axis} at a time`]),
    ...(park === true ? ["sums wait in memory for what comes after them"] : []),
    ...(partialSums === undefined
      ? []
      : [`sums in parts of ${partialSums.steps} of ${partialSums.axis}`]),
    ...(accumulators === undefined ? [] : [`steps take turns among ${accumulators} accumulators`]),
    ...(dots === true ? ["products two by two"] : []),
    ...(pairs === true ? ["vectors stored two by two"] : []),
    ...(turnSquares === true ? ["vectors that lie apart are turned in squares"] : []),
    ...(foldTables === true ? ["values of tables are numbers"] : []),
  ];
  return [all.length === 0 ? "once" : `for ${all.join(", ")}`, ...more].join("; ");
}

function splitsText(splits: readonly Split[] | undefined): string {
  if (splits === undefined || splits.length === 0) return "";
  const each = splits.map(({ factor, kind }) =>
    kind === "unroll" ? `${factor} unrolled` : `${factor} lanes`,
  );
  return ` (${each.join(", ")})`;
}
