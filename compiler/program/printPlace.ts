/** Writes down where values of a Program live: what is decided before they have places, and the places. */
import type { Boundary } from "../compute/ir.js";
import type { Margin, Place } from "../place/place.js";
import type { Alias, Value } from "./program.js";
import type { NameOf } from "./valueNames.js";

/** What is decided of a value before it has a place: `, nested [0,2,3,1], part of %c at 8 along 1, margin [0..0, 1..1] = 0`. */
export function layoutText({ order, alias, margin, fill }: Value, nameOf: NameOf): string {
  const parts = [
    ...(order === undefined ? [] : [`nested [${order.join(",")}]`]),
    ...(alias === undefined ? [] : [aliasText(alias, nameOf)]),
    ...(margin === undefined ? [] : [marginText(margin, fill)]),
  ];
  return parts.map((part) => `, ${part}`).join("");
}

function aliasText(alias: Alias, nameOf: NameOf): string {
  const whole = nameOf(alias.of);
  if (alias.kind === "part") return `part of ${whole} at ${alias.offset} along ${alias.axis}`;
  const { view } = alias;
  if (view.kind === "permute") return `view of ${whole} permuted [${view.permutation.join(",")}]`;
  if (view.kind === "slice")
    return `view of ${whole} from [${view.starts.join(",")}] by [${view.steps.join(",")}]`;
  return `view of ${whole} reshaped`;
}

function marginText(margin: Margin, fill: Boundary | undefined): string {
  const sides = margin.map(([before, after]) => `${before}..${after}`).join(", ");
  const value = fill?.mode === "constant" ? String(fill.value) : fill?.mode;
  return `margin [${sides}]${value === undefined ? "" : ` = ${value}`}`;
}

export function placeSuffix(place: Place | undefined): string {
  return place === undefined ? "" : ` in ${describePlace(place)}`;
}

/** `b1 +30 strides [720,1,48] margin [0..0, 1..1] = 0` */
function describePlace({ buffer, offset, strides, block, margin, fill }: Place): string {
  const parts = [`b${buffer}`];
  if (offset !== 0) parts.push(`+${offset}`);
  parts.push(`strides [${strides.join(",")}]`);
  if (block !== undefined)
    parts.push(`blocks of ${block.size} in dim ${block.dim}, ${block.stride} apart`);
  if (margin !== undefined) parts.push(marginText(margin, fill));
  return parts.join(" ");
}
