/** The kernels of a program as a report has them: what each reads, writes and computes, and how its loops run. */
import { multiplyAddsByNode, multiplyAddsOfKernel } from "../analysis/multiplyAdds.js";
import { elementCount, formatType } from "../base/tensor.js";
import type { Graph } from "../graph/graph.js";
import { describeStep } from "../loop/innermost.js";
import { bytesOf } from "../loop/storage.js";
import { pieceCount, type LoweredProgram } from "../program/lowered.js";
import type { Program, ProgramKernel, ValueId } from "../program/program.js";
import { valueNames, type NameOf } from "../program/valueNames.js";
import type { Decision } from "../schedule/decision.js";
import { describeSchedule } from "../schedule/describe.js";
import { SCHEDULE } from "../tune/apply.js";
import type { KernelData, OperandData } from "./data.js";

/** In order of execution. */
export function kernelsOf(graph: Graph, program: Program, lowered: LoweredProgram): KernelData[] {
  const nameOf = valueNames(program.values);
  const perNode = multiplyAddsByNode(graph);
  const functions = new Map(lowered.functions.map(({ name, code }) => [name, code]));
  return program.kernels.map((kernel, at): KernelData => {
    const { name, role, covers, algorithm, atLoad, schedules, decisions = [] } = kernel;
    const call = lowered.calls[at]!;
    const { summary, body } = functions.get(call.function)!;
    const step = describeStep(body, Math.max(...schedules.map(({ lanes }) => lanes)));
    return {
      name,
      function: call.function,
      role,
      ...(algorithm === undefined ? {} : { algorithm }),
      ...(atLoad === undefined ? {} : { atLoad }),
      ...(call.pieces === undefined ? {} : { pieces: pieceCount(call) }),
      covers,
      shapes: summary,
      multiplyAdds: covers.reduce((sum, node) => sum + (perNode.get(node)?.total ?? 0), 0),
      computed: multiplyAddsOfKernel(kernel.kernel),
      ...operandsOf(kernel, program, nameOf),
      decisions: decisions.map(rounded),
      scheduled: decisions.some(({ what }) => what === SCHEDULE) ? "by a file" : "by the target",
      loops: schedules.map((schedule, i) => {
        const compute = kernel.kernel.computes[i]!;
        return describeSchedule(schedule, [...compute.axes, ...compute.reduce]);
      }),
      ...(step === undefined ? {} : { step }),
    };
  });
}

/** Costs are guesses: nobody reads more than four digits of one. */
function rounded({ candidates, ...decision }: Decision): Decision {
  return {
    ...decision,
    candidates: candidates.map(([name, cost]) => [name, Number(cost.toPrecision(4))]),
  };
}

function operandsOf(
  { operands, places, output }: ProgramKernel,
  program: Program,
  nameOf: NameOf,
): Pick<KernelData, "reads" | "writes"> {
  const operandOf = (value: ValueId, source: string): OperandData => {
    const { type, constant } = program.values[value]!;
    const place = places[source];
    const { space, dtype } = program.buffers[place?.buffer ?? -1] ?? {};
    const size = bytesOf(dtype ?? "f32");
    return {
      name: nameOf(value),
      type: formatType(type),
      bytes: elementCount(type.dims) * size,
      constant: constant !== undefined || space === "constants",
    };
  };
  const reads = Object.entries(operands).map(([source, value]) => operandOf(value, source));
  return { reads, writes: operandOf(output, "out") };
}
