/** Checks that passes move values about and change nothing of what is computed: kernels mean what fusion made them mean. */
import { isEmpty } from "../../base/tensor.js";
import { givenPorts, wantedPorts } from "../ports.js";
import { rewritingProblems } from "./rewriting.js";
import type { Program, ProgramKernel, ValueId } from "../program.js";

/** What differs, in meaning, from the Program before a pass. Copies that a pass has added are of what they read. */
export function meaningProblems(
  program: Program,
  before: Program,
  nameOf: (value: ValueId) => string,
): string[] {
  const problems: string[] = [];
  const sources = copiedFrom(program);
  const [origin, earlier] = [originIn(sources), originIn(copiedFrom(before))];
  const makers = new Map(program.kernels.map((kernel) => [kernel.output, kernel]));
  const known = new Map(before.kernels.map((kernel) => [kernel.name, kernel]));
  for (const { value } of givenPorts(program))
    if (sources.has(value)) problems.push(`${nameOf(value)} is an input and written`);
  for (const kernel of program.kernels) {
    const was = known.get(kernel.name);
    if (was === undefined || kernel.role !== "compute") continue;
    if (kernel.windows !== was.windows && kernel.windows !== was.kernel)
      problems.push(`${kernel.name} is over words what it was not`);
    if (kernel.output !== was.output) problems.push(`${kernel.name} writes another value`);
    if (kernel.algorithm !== was.algorithm) {
      problems.push(...rewritingProblems(kernel, was, makers, program, nameOf));
      continue;
    }
    if (kernel.kernel !== was.kernel) problems.push(`${kernel.name} computes something else`);
    for (const source of sourcesThatDiffer(kernel, was, origin, earlier))
      problems.push(`${kernel.name} reads ${nameOf(kernel.operands[source]!)} as its ${source}`);
  }
  const wanted = wantedPorts(before);
  for (const [i, { name, type, value }] of wantedPorts(program).entries())
    if (!isEmpty(type) && origin(value) !== earlier(wanted[i]!.value))
      problems.push(`output ${name} is ${nameOf(value)}`);
  if (known.size > 0 && missing(program, before)) problems.push("a kernel is missing");
  return problems;
}

function sourcesThatDiffer(
  kernel: ProgramKernel,
  was: ProgramKernel,
  origin: (value: ValueId) => ValueId,
  earlier: (value: ValueId) => ValueId,
): string[] {
  if (kernel.operands === was.operands) return [];
  return Object.keys({ ...was.operands, ...kernel.operands }).filter((source) => {
    const [now, then] = [kernel.operands[source], was.operands[source]];
    return now === undefined || then === undefined || origin(now) !== earlier(then);
  });
}

/** Of values that a pass copied, which ones they are copies of. */
function copiedFrom(program: Program): ReadonlyMap<ValueId, ValueId> {
  const { kernels } = program;
  return new Map([
    ...writtenAgain(program),
    ...kernels.flatMap(({ role, covers, operands, output }): [ValueId, ValueId][] => {
      const [from] = Object.values(operands);
      return role === "copy" && covers.length === 0 && from !== undefined ? [[output, from]] : [];
    }),
  ]);
}

/** Kernels at load that a pass has written out once more for another layout: their values are those of the first. */
function writtenAgain({ kernels }: Program): ReadonlyMap<ValueId, ValueId> {
  const first = new Map<object, ProgramKernel>();
  const again = new Map<ValueId, ValueId>();
  for (const one of kernels) {
    if (one.atLoad !== true) continue;
    const was = first.get(one.kernel);
    if (was === undefined) first.set(one.kernel, one);
    else if (
      was.output !== one.output &&
      Object.keys(one.operands).every((source) => one.operands[source] === was.operands[source])
    )
      again.set(one.output, was.output);
  }
  return again;
}

function originIn(copies: ReadonlyMap<ValueId, ValueId>): (value: ValueId) => ValueId {
  return (value) => {
    let at = value;
    for (let from = copies.get(at); from !== undefined; from = copies.get(at)) at = from;
    return at;
  };
}

function missing(program: Program, before: Program): boolean {
  const there = new Set(program.kernels.map(({ name }) => name));
  return before.kernels.some(({ name, role }) => role === "compute" && !there.has(name));
}
