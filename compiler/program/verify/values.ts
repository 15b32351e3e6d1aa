/** Checks who reads and writes what: values exist, have the types that kernels take them for, and come before their readers. */
import { elementCount, isEmpty, sameType } from "../../base/tensor.js";
import { fixedValues } from "../layout/madeAtLoad.js";
import { givenPorts, wantedPorts } from "../ports.js";
import type { Program, ProgramKernel, ValueId } from "../program.js";

/** A kernel or a needless copy, in the order in which they count. */
export function inOrder(
  program: Program,
  visit: (kernel: ProgramKernel, at: number, elided: boolean) => void,
): void {
  let next = 0;
  const elidedBefore = (at: number): void => {
    for (; program.elided[next]?.at === at; next++) visit(program.elided[next]!.kernel, at, true);
  };
  program.kernels.forEach((kernel, at) => {
    elidedBefore(at);
    visit(kernel, at, false);
  });
  elidedBefore(program.kernels.length);
}

/** Each value is written once, before it is read, and is what kernels take it for. */
export function valueProblems(program: Program, nameOf: (value: ValueId) => string): string[] {
  const { values } = program;
  const problems: string[] = [];
  const all: ProgramKernel[] = [];
  inOrder(program, (kernel) => all.push(kernel));
  const wanted = new Set(wantedPorts(program).map(({ value }) => value));
  const fixed = fixedValues({ values, kernels: all }, wanted);
  const known = values.map(({ constant, type }) => constant !== undefined || isEmpty(type));
  const written = values.map(() => 0);
  for (const { value } of givenPorts(program)) known[value] = true;
  if (program.kernels.some(({ atLoad }) => atLoad === true))
    problems.push(...loadProblems(program, nameOf));
  const names = new Set<string>();
  inOrder(program, (kernel, _, elided) => {
    const { name, output, role, when = [] } = kernel;
    for (const { value } of when)
      if (!known[value]) problems.push(`${name} runs by ${nameOf(value)} before it is written`);
    if (!elided && role === "compute" && names.has(name))
      problems.push(`${name} names two kernels`);
    names.add(name);
    problems.push(...operandProblems(kernel, program, known, fixed, nameOf));
    if (role === "fill") return;
    if (!sameType(values[output]!.type, kernel.kernel.output))
      problems.push(`${name} writes ${nameOf(output)} as another type`);
    // What is left of a concat is a kernel and a needless copy.
    written[output]! += elementsWritten(kernel);
    known[output] = true;
  });
  values.forEach(({ type }, id) => {
    const all = elementCount(type.dims);
    if (written[id]! > 0 && written[id] !== all)
      problems.push(`${written[id]} of ${all} elements of ${nameOf(id)} are written`);
  });
  for (const { name, value } of program.outputs)
    if (!known[value]) problems.push(`output ${name} is ${nameOf(value)}, which nothing writes`);
  for (const { name, next, type } of program.states) {
    if (!known[next]) problems.push(`state ${name} becomes ${nameOf(next)}, which nothing writes`);
    if (!sameType(values[next]!.type, type))
      problems.push(`state ${name} becomes ${nameOf(next)}, which is of another type`);
  }
  return problems;
}

/** What runs at load comes first, and reads what is there then. */
function loadProblems(program: Program, nameOf: (value: ValueId) => string): string[] {
  const problems: string[] = [];
  const there = program.values.map(({ constant }) => constant !== undefined);
  let running = false;
  inOrder(program, ({ name, operands, output, atLoad }, _, elided) => {
    if (atLoad !== true) {
      running ||= !elided;
      return;
    }
    if (running) problems.push(`${name} runs at load, after what runs later`);
    for (const value of Object.values(operands))
      if (!there[value]) problems.push(`${name} runs at load, before ${nameOf(value)} is there`);
    there[output] = true;
  });
  return problems;
}

function operandProblems(
  { name, kernel, operands }: ProgramKernel,
  { values }: Program,
  known: readonly boolean[],
  fixed: ReadonlySet<ValueId>,
  nameOf: (value: ValueId) => string,
): string[] {
  return kernel.inputs.flatMap((input) => {
    const id = operands[input.name];
    const value = id === undefined ? undefined : values[id];
    if (id === undefined || value === undefined)
      return [`${name} reads ${input.name}, which is no value`];
    const problems: string[] = [];
    if (!known[id]) problems.push(`${name} reads ${nameOf(id)} before it is written`);
    if (!sameType(value.type, input.type))
      problems.push(`${name} reads ${nameOf(id)} as another type`);
    if (value.constant !== undefined && input.constant !== true)
      problems.push(`${name} takes ${nameOf(id)} for what is not constant`);
    if (input.constant === true && !fixed.has(id))
      problems.push(`${name} takes ${nameOf(id)} for what is constant`);
    return problems;
  });
}

/** All elements of the output, or of a copy those that its Computes go through. */
export function elementsWritten({ kernel, view }: ProgramKernel): number {
  if (view === undefined) return elementCount(kernel.output.dims);
  return kernel.computes.reduce(
    (sum, { axes }) => sum + elementCount(axes.map(({ extent }) => extent)),
    0,
  );
}
