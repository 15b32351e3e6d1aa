/** Checks conditions of kernels: whoever reads a value finds it computed, whichever sides of branches are taken. */
import { elementCount } from "../../base/tensor.js";
import { wantedPorts } from "../ports.js";
import type { Guard, Program, ProgramKernel, ValueId } from "../program.js";
import { inOrder } from "./values.js";

/** What has to hold for something to be there. */
type Guards = readonly Guard[];

export function guardProblems(program: Program, nameOf: (value: ValueId) => string): string[] {
  if (program.kernels.every(({ when }) => when === undefined)) return [];
  const problems: string[] = [];
  const there: Guards[] = program.values.map(() => []);
  /** Of what is filled in around values. */
  const around: Guards[] = program.values.map(() => []);
  inOrder(program, (kernel, _, elided) => {
    const { name, role, operands, output, margins = [], when = [], atLoad } = kernel;
    if (elided) {
      there[output] = [...there[output]!, ...Object.values(operands).flatMap((id) => there[id]!)];
      return;
    }
    if (atLoad === true && when.length > 0) problems.push(`${name} runs at load, but not always`);
    when.forEach((guard, i) =>
      problems.push(...conditionProblems(guard, when.slice(0, i), kernel, program, there, nameOf)),
    );
    for (const [source, value] of Object.entries(operands)) {
      const holds = holding(source, kernel);
      if (!implied(there[value]!, holds))
        problems.push(`${name} reads ${nameOf(value)}, which may not have been computed`);
      if (margins.includes(source) && !implied(around[value]!, holds))
        problems.push(`${name} reads around ${nameOf(value)}, which may not have been filled`);
    }
    // What writes the rest of a value hangs on conditions of its own.
    if (role === "fill") around[output] = when;
    else there[output] = [...there[output]!, ...when];
  });
  for (const { name, value } of wantedPorts(program))
    if (there[value]!.length > 0)
      problems.push(`output ${name} is ${nameOf(value)}, which may not have been computed`);
  return problems;
}

/** What is certain where a kernel reads this source's elements. */
function holding(source: string, { when = [], operands, branches }: ProgramKernel): Guards {
  if (branches === undefined || branches.then === branches.otherwise) return when;
  const { condition, then, otherwise } = branches;
  if (source === condition || (source !== then && source !== otherwise)) return when;
  return [...when, { value: operands[condition]!, is: source === then }];
}

function implied(needed: Guards, holds: Guards): boolean {
  return needed.every(({ value, is }) => holds.some((one) => one.value === value && one.is === is));
}

/** A condition is one bool of the run, and is there where it is asked for. */
function conditionProblems(
  { value }: Guard,
  before: Guards,
  { name }: ProgramKernel,
  { values }: Program,
  there: readonly Guards[],
  nameOf: (value: ValueId) => string,
): string[] {
  const { type, constant } = values[value]!;
  if (constant !== undefined || type.dtype !== "bool" || elementCount(type.dims) !== 1)
    return [`${name} runs by ${nameOf(value)}, which is no condition`];
  return implied(there[value]!, before)
    ? []
    : [`${name} runs by ${nameOf(value)}, which may not have been computed`];
}
