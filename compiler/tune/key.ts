/** Names a kernel by what it computes and how its values lie, so that a schedule timed for it is found again. */
import { createHash } from "node:crypto";
import type { Kernel } from "../compute/ir.js";
import type { Places } from "../place/place.js";

/**
 * 16 hex digits of a hash over axes, bodies, types and the strides of the given places. Names of layers and
 * addresses are left out: equal kernels of other layers and models have the same key.
 */
export function kernelKey(kernel: Kernel, places: Places, engine: string): string {
  const names = canonicalNames(kernel);
  const placed = Object.keys(places)
    .filter((source) => names.has(source))
    .map((source): [string, unknown] => {
      const { strides, block, margin, fill } = places[source]!;
      return [names.get(source)!, { strides, block, margin, fill }];
    });
  const meaning = {
    engine,
    outer: kernel.outer,
    inputs: kernel.inputs.map(({ type }) => type),
    constants: kernel.constants.map(({ value }) => value.type),
    temporaries: kernel.temporaries,
    computes: kernel.computes,
    output: kernel.output,
    places: Object.fromEntries(placed.sort(([a], [b]) => (a < b ? -1 : 1))),
  };
  const text = JSON.stringify(meaning, (key, value: unknown) => {
    if (key === "source" && typeof value === "string") return names.get(value) ?? value;
    return typeof value === "number" ? exactly(value) : value;
  });
  return createHash("sha256").update(text).digest("hex").slice(0, 16);
}

/** Operands by their position: `%layer1.relu` => `in0`, `@conv1.weight` => `weight1`. */
function canonicalNames(kernel: Kernel): ReadonlyMap<string, string> {
  return new Map([
    ...kernel.inputs.map(({ name, constant }, i): [string, string] => [
      name,
      constant === true ? `weight${i}` : `in${i}`,
    ]),
    ...kernel.constants.map(({ name }, i): [string, string] => [name, `table${i}`]),
    ...kernel.temporaries.map(({ name }): [string, string] => [name, name]),
    ["out", "out"],
  ]);
}

/** JSON has no ±Infinity, NaN and −0. */
function exactly(value: number): unknown {
  return Number.isFinite(value) && !Object.is(value, -0)
    ? value
    : `#${Object.is(value, -0) ? "-0" : value}`;
}
