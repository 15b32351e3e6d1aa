/**
 * use-winograd: windows of three by Winograd's algorithm, where that takes less time. Weights are transformed when a
 * module loads: they become up to four times as many, which nobody should have to download.
 *
 *   conv(%x, @w) {kernel 3×3, stride 1}   =>   at load: %w' = transform(@w); in every run: winograd(%x, %w')
 */
import { rowMajor } from "../../place/views.js";
import type { LayoutChoices } from "../layout/choices.js";
import type { Program, ProgramKernel, Value } from "../program.js";
import { chooseBlocking, type WinogradMode } from "./choose.js";
import { winogradKernel } from "./computes.js";
import { WEIGHTS, weightAxes, type Blocking } from "./blocking.js";
import { weightKernel } from "./weights.js";
import { windowedKernel, type Windowed } from "./window.js";

export function useWinograd(
  program: Program,
  target: LayoutChoices,
  { winograd = "auto" }: { readonly winograd?: WinogradMode },
): Program {
  if (winograd === "off") return program;
  const values: Value[] = [...program.values];
  const kernels = program.kernels.flatMap((kernel) => {
    const windowed = windowedKernel(kernel.kernel);
    const blocking = windowed && chooseBlocking(windowed, winograd, target);
    if (windowed === undefined || blocking === undefined) return [kernel];
    return rewritten(kernel, windowed, blocking, values);
  });
  return values.length === program.values.length ? program : { ...program, values, kernels };
}

/** A kernel that transforms weights, and one that computes with them. */
function rewritten(
  kernel: ProgramKernel,
  windowed: Windowed,
  blocking: Blocking,
  values: Value[],
): readonly ProgramKernel[] {
  const { source } = windowed.w;
  const weights = kernel.operands[source]!;
  const dims = weightAxes(windowed, blocking).map(({ extent }) => extent);
  const output = values.length;
  values.push({
    name: values[weights]!.name,
    type: { dtype: "f32", dims },
    order: rowMajor(dims.length),
  });
  const { [source]: _, ...others } = kernel.operands;
  return [
    {
      name: `${kernel.name}_weights`,
      role: "compute",
      covers: [],
      kernel: weightKernel(kernel.kernel, windowed, blocking),
      operands: { [source]: weights },
      output,
      layout: "row-major",
      schedules: [],
      places: {},
    },
    {
      ...kernel,
      kernel: winogradKernel(kernel.kernel, windowed, blocking),
      operands: { ...others, [WEIGHTS]: output },
      algorithm: algorithmName(windowed, blocking),
    },
  ];
}

/** "winograd F(4×4, 3×3)" */
function algorithmName({ slides }: Windowed, { outputs }: Blocking): string {
  const times = (size: number): string => slides.map(() => size).join("×");
  return `winograd F(${times(outputs)}, ${times(3)})`;
}
