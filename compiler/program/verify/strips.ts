/** Checks kernels that strips were made of: they take the place of the kernels before, whole, and compute every row as those did. */
import { channelsLast, rowMajor } from "../../place/views.js";
import { kernelProblems } from "../../compute/verify/index.js";
import type { Compute, Kernel } from "../../compute/ir.js";
import { sameIndex } from "../../compute/walk.js";
import { wantedPorts } from "../ports.js";
import type { Program, ProgramKernel, ValueId } from "../program.js";
import type { Layout, Member } from "./rowReads.js";
import { rowProblem } from "./rows.js";

/** What differs, in meaning, from the Program before strips. */
export function stripProblems(
  program: Program,
  before: Program,
  nameOf: (value: ValueId) => string,
): string[] {
  const left = new Set(before.kernels);
  const byNode = new Map(
    before.kernels.flatMap((kernel) => kernel.covers.map((node) => [node, kernel] as const)),
  );
  const problems: string[] = [];
  if (program.values !== before.values) problems.push("values are others than before");
  for (const kernel of program.kernels) {
    if (left.delete(kernel)) continue;
    const covering = [...new Set(kernel.covers.map((node) => byNode.get(node)))];
    const read = new Set(Object.values(kernel.operands));
    const members = [...copiesBefore(covering[0], read, before), ...covering];
    const whole = members.flatMap((one) => one?.covers ?? []);
    const there = members.every((one) => one !== undefined && left.delete(one));
    if (!there || String(whole) !== String(kernel.covers)) {
      problems.push(`${kernel.name} is no kernel of before, nor made of some`);
      continue;
    }
    const problem = memberProblem(kernel, members as ProgramKernel[], before, nameOf);
    if (problem !== undefined) problems.push(`${kernel.name} ${problem}`);
  }
  for (const { name } of left) problems.push(`${name} is missing`);
  return problems;
}

/** Copies that cover no node, of which the last is read by the first member, and none by the whole. */
function copiesBefore(
  first: ProgramKernel | undefined,
  read: ReadonlySet<ValueId>,
  { kernels }: Program,
): readonly ProgramKernel[] {
  const values = new Set(Object.values(first?.operands ?? {}));
  return kernels.filter(
    ({ covers, output }) => covers.length === 0 && values.has(output) && !read.has(output),
  );
}

function memberProblem(
  { kernel, operands, output }: ProgramKernel,
  members: readonly ProgramKernel[],
  before: Program,
  nameOf: (value: ValueId) => string,
): string | undefined {
  if (members.at(-1)!.output !== output) return `writes ${nameOf(output)}`;
  const wanted = new Set(wantedPorts(before).map(({ value }) => value));
  for (const [i, { output: inner }] of members.slice(0, -1).entries()) {
    const readers = before.kernels.filter((one) => Object.values(one.operands).includes(inner));
    if (wanted.has(inner) || readers.length !== 1 || readers[0] !== members[i + 1])
      return `keeps ${nameOf(inner)} from who wants it`;
  }
  const [illegal] = kernelProblems(kernel);
  if (illegal !== undefined) return illegal;
  const parts = members.map((one, i) => memberOf(one, members[i - 1]?.output, kernel, operands));
  if (!parts.every((one) => one !== undefined)) return "reads what its parts do not";
  return rowProblem(kernel, parts, layoutOf(kernel, members));
}

/** What a part's sources are called in the whole: by the values and tables that they are. */
function memberOf(
  { kernel, operands }: ProgramKernel,
  previous: ValueId | undefined,
  whole: Kernel,
  values: ProgramKernel["operands"],
): Member | undefined {
  const renamed = new Map<string, string>();
  let reads: string | undefined;
  for (const { name } of kernel.inputs) {
    if (operands[name] === previous) reads = name;
    else {
      const now = whole.inputs.find((input) => values[input.name] === operands[name]);
      if (now === undefined) return undefined;
      renamed.set(name, now.name);
    }
  }
  for (const { name, value } of kernel.constants) {
    const now = whole.constants.find((table) => table.value === value);
    if (now === undefined) return undefined;
    renamed.set(name, now.name);
  }
  if (kernel.computes.length !== 1 || (previous !== undefined) !== (reads !== undefined))
    return undefined;
  return { kernel, renamed, ...(reads === undefined ? {} : { reads }) };
}

/** Rows are the dimension through which a Compute goes otherwise than the part that it is of. */
function layoutOf({ computes, output }: Kernel, members: readonly ProgramKernel[]): Layout {
  const [meant] = members.at(-1)!.kernel.computes as readonly [Compute];
  const written = computes.find(({ target }) => target === "out")!;
  const extent = ({ axes }: Compute, of: unknown): number | undefined =>
    axes.find(({ name }) => name === of)?.extent;
  const rows = meant.index.findIndex(
    (index, d) =>
      d > 0 &&
      (!sameIndex(index, written.index[d]!) ||
        index.terms.some(({ of }) => extent(meant, of) !== extent(written, of))),
  );
  const { length } = output.dims;
  const order = rows === 1 ? rowMajor(length) : channelsLast(length);
  return { rows: order[1]!, shared: [order[0]!], order };
}
