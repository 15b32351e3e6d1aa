/** Checks that kernels over words of bytes compute the integers that their other form does, on a sample of their elements. */
import { elementCount } from "../../base/tensor.js";
import type { Kernel } from "../../compute/ir.js";
import { kernelProblems } from "../../compute/verify/index.js";
import { probeKernel } from "../../meaning/probe.js";
import type { DotEngine } from "../dots/computes.js";
import { dotForm } from "../dots/forms.js";
import { hasDigits } from "../words/digits.js";
import type { Program, ProgramKernel, ValueId } from "../program.js";
import { constantAt, elementOf, firstDifference, sampleOf } from "./rewriting.js";

/** Sums are whole: offsets are made up for by those of all weights. Of long ones there are fewer. */
const [SAMPLES, FEW, LONG] = [4, 2, 1024];

/** Of bytes that are no digits the third computes what the first does. */
const ENGINES: readonly DotEngine[] = ["usdot", "sdot", "usdot16"];

export function dotProblems(program: Program, nameOf: (value: ValueId) => string): string[] {
  const makers = new Map(program.kernels.map((kernel) => [kernel.output, kernel]));
  return program.kernels.flatMap((kernel) =>
    ENGINES.filter((kind) => kind !== "usdot16" || hasDigits(kernel.kernel)).flatMap(
      (kind): string[] => {
        const own = dotForm(kernel.kernel, kind);
        if (own === kernel.kernel) return [];
        const problems = kernelProblems(own);
        if (problems.length > 0) return problems.map((problem) => `${kernel.name}: ${problem}`);
        const valueOf = elementsOf(program, makers, nameOf);
        const probes = [kernel.kernel, own].map((one) =>
          probeKernel(one, (source, index) => valueOf(kernel.operands[source]!, index), new Map()),
        );
        const sample = sampleOf(kernel.kernel.output.dims, 0).slice(
          0,
          isLong(kernel.kernel) ? FEW : SAMPLES,
        );
        const difference = firstDifference(sample, () => [probes[0]!, probes[1]!]);
        return difference === undefined ? [] : [`${kernel.name} by ${kind}${difference}`];
      },
    ),
  );
}

function isLong({ computes }: Kernel): boolean {
  return computes.some(({ reduce }) => elementCount(reduce.map(({ extent }) => extent)) > LONG);
}

/** Elements of constants, of what is made of them, and of anything else integers of its type. */
function elementsOf(
  { values }: Program,
  makers: ReadonlyMap<ValueId, ProgramKernel>,
  nameOf: (value: ValueId) => string,
): (value: ValueId, index: readonly number[]) => number {
  const made = new Map<ValueId, ReturnType<typeof probeKernel>>();
  const elementAt = (value: ValueId, index: readonly number[]): number => {
    const { type } = values[value]!;
    const known = constantAt(values[value]!, index);
    if (known !== undefined) return known;
    const maker = makers.get(value);
    if (maker === undefined || !maker.kernel.inputs.every(({ constant }) => constant === true))
      return elementOf(type.dtype, value, index);
    if (maker.kernel.inputs.length === 0) throw new Error(`nobody makes ${nameOf(value)}`);
    const probe =
      made.get(value) ??
      probeKernel(maker.kernel, (source, at) => elementAt(maker.operands[source]!, at), new Map());
    made.set(value, probe);
    return probe(index);
  };
  return elementAt;
}
