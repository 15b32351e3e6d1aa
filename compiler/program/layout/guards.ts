/**
 * guard-branches: what only one side of a branch needs runs only where that side is taken.
 *
 *   %a = conv(%x); %b = pool(%x); %y = branch(%c, %a, %b)   =>   conv when %c; pool when not %c
 *
 * It changes no value that anybody reads: a kernel keeps those conditions that all who need its value have in common.
 */
import { givenPorts, wantedPorts } from "../ports.js";
import type { Guard, Program, ProgramKernel } from "../program.js";
import { inOrder } from "../verify/values.js";

/** Branches inside branches to this depth are told apart. */
const MOST_GUARDS = 32;

/** Conditions that all hold; undefined of what nobody needs. */
type Need = readonly Guard[] | undefined;

/** The Program with conditions on the kernels that not every run needs. */
export function guardBranches(program: Program): Program {
  if (program.kernels.every(({ branches }) => branches === undefined)) return program;
  const guards = guardsOf(program);
  const kernels = program.kernels.map((kernel): ProgramKernel => {
    const when = guards.get(kernel) ?? [];
    return when.length === 0 ? kernel : { ...kernel, when };
  });
  return { ...program, kernels };
}

/** From the last kernel to the first, each with what those after it need. */
function guardsOf(program: Program): ReadonlyMap<ProgramKernel, readonly Guard[]> {
  const needs: Need[] = program.values.map(() => undefined);
  /** Of what is filled in around each value. */
  const around: Need[] = program.values.map(() => undefined);
  const from = conditionsFrom(program);
  const guards = new Map<ProgramKernel, readonly Guard[]>();
  for (const { value } of wantedPorts(program)) needs[value] = [];
  for (const { kernel, at, elided } of kernelsOf(program).reverse()) {
    const needed = (kernel.role === "fill" ? around : needs)[kernel.output] ?? [];
    const can = needed.filter(({ value }) => from[value]! < at && kernel.atLoad !== true);
    const when = elided ? needed : can;
    if (!elided) guards.set(kernel, when);
    for (const [source, value] of Object.entries(kernel.operands)) {
      needs[value] = common(needs[value], needOf(source, kernel, when));
      if (kernel.margins?.includes(source) === true) around[value] = common(around[value], when);
    }
  }
  return guards;
}

function kernelsOf(program: Program) {
  const kernels: {
    readonly kernel: ProgramKernel;
    readonly at: number;
    readonly elided: boolean;
  }[] = [];
  inOrder(program, (kernel, at, elided) => kernels.push({ kernel, at, elided }));
  return kernels;
}

/** The position of the kernel after which each value can be asked for: of constants never. */
function conditionsFrom(program: Program): readonly number[] {
  const from = program.values.map(() => Infinity);
  for (const { value } of givenPorts(program)) from[value] = -1;
  // A needless copy stands before the kernel at its position, which may ask already.
  inOrder(program, ({ output, role }, at, elided) => {
    if (role !== "fill") from[output] = elided ? at - 1 : at;
  });
  return from;
}

/** When a kernel needs what it reads by this name. */
function needOf(
  source: string,
  { branches, operands }: ProgramKernel,
  when: readonly Guard[],
): readonly Guard[] {
  if (branches === undefined || branches.then === branches.otherwise) return when;
  if (source !== branches.then && source !== branches.otherwise) return when;
  if (source === branches.condition || when.length === MOST_GUARDS) return when;
  const taken = { value: operands[branches.condition]!, is: source === branches.then };
  return when.some((guard) => isSame(guard, taken)) ? when : [...when, taken];
}

function isSame(a: Guard, b: Guard): boolean {
  return a.value === b.value && a.is === b.is;
}

function common(a: Need, b: readonly Guard[]): readonly Guard[] {
  return a === undefined ? b : a.filter((one) => b.some((other) => isSame(one, other)));
}
