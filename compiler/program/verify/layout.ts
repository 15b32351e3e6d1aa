/** Checks what is decided of values before they have places: orders, aliases and margins that can be. */
import { elementCount } from "../../base/tensor.js";
import { givenPorts, wantedPorts } from "../ports.js";
import type { Program, Value, ValueId } from "../program.js";

export function layoutProblems(program: Program, nameOf: (value: ValueId) => string): string[] {
  const problems: string[] = [];
  program.values.forEach((value, id) => {
    const report = (message: string): void => void problems.push(`${nameOf(id)} ${message}`);
    const rank = value.type.dims.length;
    if (value.order !== undefined && !isPermutation(value.order, rank))
      report(`nests its ${rank} dims as ${value.order.join(",")}`);
    if (value.alias !== undefined) aliasProblems(value, program.values).forEach(report);
    if (value.margin !== undefined) {
      const sides = value.margin;
      if (sides.length !== rank || sides.some(([a, b]) => !(a >= 0 && b >= 0)) || !value.fill)
        report("has a margin that no value can have");
    }
  });
  for (const { value } of [...givenPorts(program), ...wantedPorts(program)]) {
    const { alias, margin } = program.values[value]!;
    if (alias !== undefined || margin !== undefined)
      problems.push(`${nameOf(value)} leaves the model, but is not memory of its own`);
  }
  return [...problems, ...circleProblems(program.values, nameOf)];
}

function isPermutation(order: readonly number[], rank: number): boolean {
  return (
    order.length === rank && new Set(order).size === rank && order.every((d) => d >= 0 && d < rank)
  );
}

/** Whether a view has the dims that it makes of its whole's, and a part lies inside. */
function aliasProblems({ type, alias }: Value, values: readonly Value[]): string[] {
  const whole = values[alias!.of];
  if (whole === undefined || whole.constant !== undefined) return ["lives in what is no memory"];
  const [dims, from] = [type.dims, whole.type.dims];
  const fits = ((): boolean => {
    if (alias!.kind === "part") {
      const { axis, offset } = alias!;
      return (
        dims.length === from.length &&
        dims.every((dim, d) =>
          d === axis ? offset >= 0 && offset + dim <= from[d]! : dim === from[d],
        )
      );
    }
    const { view } = alias!;
    switch (view.kind) {
      case "permute":
        return (
          isPermutation(view.permutation, from.length) &&
          view.permutation.every((d, i) => from[d] === dims[i])
        );
      case "slice":
        return dims.every((dim, d) => {
          const ends = [view.starts[d]!, view.starts[d]! + (dim - 1) * view.steps[d]!];
          return ends.every((end) => end >= 0 && end < from[d]!);
        });
      case "reshape":
        return elementCount(dims) === elementCount(from);
      case "concat":
        return false;
      default:
        return view satisfies never;
    }
  })();
  return fits ? [] : [`[${dims.join(",")}] is no such part of [${from.join(",")}]`];
}

/** Every value lives, in the end, in one that lives in no other. */
function circleProblems(values: readonly Value[], nameOf: (value: ValueId) => string): string[] {
  const sound = values.map(({ alias }) => alias === undefined);
  for (let id = 0; id < values.length; id++) {
    const way = new Set<ValueId>();
    for (let at = id; !sound[at]; at = values[at]!.alias!.of) {
      if (way.has(at)) return [`${nameOf(at)} lives in itself`];
      way.add(at);
    }
    for (const one of way) sound[one] = true;
  }
  return [];
}
