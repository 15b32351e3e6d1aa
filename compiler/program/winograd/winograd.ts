/**
 * use-winograd: windows by Winograd's algorithm, where that takes less time. Weights are transformed when a
 * module loads: they become up to four times as many, which nobody should have to download.
 *
 *   conv(%x, @w) {kernel 3×3, stride 1}   =>   at load: %w' = transform(@w); in every run: winograd(%x, %w')
 */
import { rowMajor } from "../../place/views.js";
import type { Decision } from "../../schedule/decision.js";
import type { LayoutChoices } from "../layout/choices.js";
import type { Program, ProgramKernel, Value, ValueId } from "../program.js";
import { algorithmName, chooseBlocking, type WinogradMode } from "./choose.js";
import { winogradKernel } from "./computes.js";
import { WEIGHTS, type Blocking } from "./blocking.js";
import { weightKernel } from "./weights.js";
import { windowedKernel, type Windowed } from "./window.js";

export function useWinograd(
  program: Program,
  target: LayoutChoices,
  { winograd = "auto" }: { readonly winograd?: WinogradMode },
): Program {
  if (winograd === "off") return program;
  const values: Value[] = [...program.values];
  const made = new Map<string, ValueId>();
  const kernels = program.kernels.flatMap((kernel): readonly ProgramKernel[] => {
    const windowed = windowedKernel(kernel.kernel);
    if (windowed === undefined) return [kernel];
    const decisions: Decision[] = [];
    const blocking = chooseBlocking(windowed, winograd, target, (one) => void decisions.push(one));
    if (blocking === undefined) return [{ ...kernel, decisions }];
    const { [windowed.w.source]: _, ...others } = kernel.operands;
    const transform = transformOf(kernel, windowed, blocking);
    // Convolutions that share weights share what is made of them.
    const key = JSON.stringify([transform.operands, transform.kernel]);
    const known = made.get(key);
    const output = known ?? values.length;
    const rewritten: ProgramKernel = {
      ...kernel,
      kernel: winogradKernel(kernel.kernel, windowed, blocking),
      operands: { ...others, [WEIGHTS]: output },
      algorithm: algorithmName(windowed, blocking),
      decisions,
    };
    if (known !== undefined) return [rewritten];
    made.set(key, output);
    const { name } = program.values[kernel.operands[windowed.w.source]!]!;
    const type = transform.kernel.output;
    values.push({ name, type, order: rowMajor(type.dims.length) });
    return [{ ...transform, output }, rewritten];
  });
  return { ...program, values, kernels };
}

/** The kernel that transforms the weights of another. */
function transformOf(
  kernel: ProgramKernel,
  windowed: Windowed,
  blocking: Blocking,
): Omit<ProgramKernel, "output"> {
  const { source } = windowed.w;
  return {
    name: `${kernel.name}_weights`,
    role: "compute",
    covers: [],
    kernel: weightKernel(kernel.kernel, windowed, blocking),
    operands: { [source]: kernel.operands[source]! },
    layout: "row-major",
    schedules: [],
    places: {},
  };
}
