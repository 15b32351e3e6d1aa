/**
 * copy-operands: what a product of two values reads again and again along its lanes lies along them, in a copy where
 * it does not: the copy reads every element once, the product once for each row of the other value.
 *
 *   matmul(%q, transpose(%k))   =>   %t = copy(transpose(%k)), its columns side by side; matmul(%q, %t)
 */
import { elementCount } from "../../base/tensor.js";
import type { Axis, Compute, Expr, Index } from "../../compute/ir.js";
import { allLoads, weightSources } from "../../compute/loads.js";
import { exprMentions } from "../../compute/walk.js";
import type { Program, ProgramKernel, Value, ValueId } from "../program.js";
import type { LayoutChoices } from "./choices.js";
import { copyKernel } from "./copy.js";

/** Rows for which an operand is read below which a copy takes longer than it saves. */
const FEWEST_ROWS = 16;
/** Columns below which there is no full vector of them. */
const FEWEST_COLUMNS = 4;

export function copyOperands(program: Program, { lanes }: LayoutChoices): Program {
  if (lanes.every((width) => width === 1)) return program;
  const values: Value[] = [...program.values];
  const kernels = program.kernels.flatMap((kernel): ProgramKernel[] => {
    const source = badlyLying(kernel, program.values);
    if (source === undefined) return [kernel];
    const { name, dim } = source;
    const from = kernel.operands[name]!;
    const order = [...values[from]!.order!.filter((d) => d !== dim), dim];
    const to: ValueId = values.length;
    values.push({ name: values[from]!.name, type: values[from]!.type, order });
    const copy = copyKernel(from, values[from]!, to, "row-major");
    return [copy, { ...kernel, operands: { ...kernel.operands, [name]: to } }];
  });
  return kernels.length === program.kernels.length ? program : { ...program, values, kernels };
}

interface Source {
  readonly name: string;
  /** Along which the lanes run. */
  readonly dim: number;
}

/** The operand of a product that would be read lane by lane, row after row. */
function badlyLying(kernel: ProgramKernel, values: readonly Value[]): Source | undefined {
  const [compute, ...more] = kernel.kernel.computes;
  if (compute === undefined || more.length > 0 || kernel.atLoad === true) return undefined;
  const loads = factorsOf(compute);
  const lane = laneOf(compute, values[kernel.output]!);
  if (loads === undefined || lane === undefined) return undefined;
  const along = loads.filter((load) => exprMentions(load, lane.name));
  const [load, ...others] = along;
  if (load === undefined || others.length > 0) return undefined;
  const read = loads.map(({ source }) => values[kernel.operands[source] ?? -1]);
  // Weights are packed as the loops read them, be they made at load.
  const weights = weightSources(kernel.kernel);
  if (loads.some((one) => weights.has(one.source))) return undefined;
  const { order, type } = read[loads.indexOf(load)] ?? {};
  if (order === undefined || type === undefined) return undefined;
  const rows = compute.axes.filter(({ name }) => !exprMentions(load, name));
  const dim = load.index.findIndex((index) => isAxis(index, lane));
  if (dim < 0 || elementCount(rows.map(({ extent }) => extent)) < FEWEST_ROWS) return undefined;
  const innermost = order.findLast((d) => type.dims[d] !== 1);
  return innermost === dim ? undefined : { name: load.source, dim };
}

/** The two loads that a sum of products multiplies, each of a source of its own, and whole: no border, no choice. */
function factorsOf(compute: Compute): readonly Extract<Expr, { kind: "load" }>[] | undefined {
  const { body, reduce, combine } = compute;
  if (reduce.length === 0 || combine !== "sum" || body.kind !== "binary" || body.op !== "mul")
    return undefined;
  const { left, right } = body;
  if (left.kind !== "load" || right.kind !== "load" || left.source === right.source)
    return undefined;
  const sources = allLoads(compute).map((load) => (load.kind === "load" ? load.source : ""));
  const once = [left, right].every(
    ({ source, boundary }) =>
      boundary === undefined && sources.filter((one) => one === source).length === 1,
  );
  return once ? [left, right] : undefined;
}

/** The axis along which neighbours of the output lie. */
function laneOf(compute: Compute, { order, type }: Value): Axis | undefined {
  const dim = order?.findLast((d) => type.dims[d] !== 1);
  const index = dim === undefined ? undefined : compute.index[dim];
  return compute.axes.find(
    (axis) => index !== undefined && axis.extent >= FEWEST_COLUMNS && isAxis(index, axis),
  );
}

function isAxis({ terms, constant }: Index, { name }: Axis): boolean {
  return (
    constant === 0 && terms.length === 1 && terms[0]!.of === name && terms[0]!.coefficient === 1
  );
}
