/** A small model with every kind of loop nest that is tuned: contraction, depthwise, pool, softmax, sums in place. */
import { parseDefinition } from "../../compiler/graph/text/parse.js";
import { planModel } from "../../compiler/compile.js";
import type { Program } from "../../compiler/program/program.js";
import type { TargetName } from "../../compiler/targets/index.js";
import { plainSchedule } from "../../compiler/targets/wasm/plainSchedule.js";
import { tensor, type Tensor } from "../../compiler/base/tensor.js";
import { openBook, tunedPlain } from "../../compiler/tune/apply.js";
import type { Engine, Tuned, TunedKernel } from "../../compiler/tune/file.js";
import { tuneProgram } from "../../compiler/tune/search.js";
import { createRandom } from "../support/random.js";
import { runProgram } from "../support/runProgram.js";

const TEXT = `model small(%x: f32[1,5,9,7]) {
  %a = conv(%x, @w, @b) {pads=[1,1,1,1]}
  %s = sigmoid(%a)
  %d = conv(%s, @v) {groups=12, pads=[1,1,1,1], strides=[2,2]}
  %r = relu(%d)
  %e = conv(%r, @u)
  %f = add(%e, %r)
  %p = maxPool(%f) {kernel=[3,3]}
  %g = softmax(%p) {axis=1}
  return y = %g, z = %f
}
@w : f32[12,5,3,3] = seed 1 center 0 spread 0.5
@b : f32[12] = seed 2 center 0 spread 0.5
@v : f32[12,1,3,3] = seed 3 center 0 spread 0.5
@u : f32[12,12,1,1] = seed 4 center 0 spread 0.5
`;

export const SMALL = parseDefinition(TEXT);

export function targetFor(engine: Engine): TargetName {
  return engine === "ts" ? "ts" : "wasm";
}

/** Tunes with a clock that runs by what schedules are said to cost. */
export function tuneBy(
  cost: (kernel: Program["kernels"][number]) => number,
  engine: Engine,
  schedules: readonly TunedKernel[] = [],
): Promise<Tuned> {
  const { program } = planModel(SMALL, { target: targetFor(engine), schedules });
  let clock = 0;
  return tuneProgram(program, engine, {
    now: () => clock,
    prepare: (alone) => {
      const milliseconds = cost(alone.kernels[0]!);
      return Promise.resolve(() => void (clock += milliseconds));
    },
  });
}

/**
 * Outputs of the model with schedules instead of its target's own, on the interpreter of loops; those for plain
 * SIMD where that is asked for.
 */
export function outputsWith(
  target: TargetName,
  tuned: readonly TunedKernel[],
  plain = false,
): ReadonlyMap<string, Tensor> {
  const random = createRandom(1);
  const values = Array.from({ length: 315 }, () => random.int(-1000, 1000) / 1000);
  const inputs = new Map([["x", tensor("f32", [1, 5, 9, 7], values)]]);
  const { program } = planModel(SMALL, { target, schedules: tuned });
  const reschedule = tunedPlain(openBook(tuned), plainSchedule);
  const kernels = program.kernels.map((one) => ({
    ...one,
    schedules: one.schedules.map((schedule, i) =>
      plain ? reschedule(schedule, one.kernel.computes[i]!, one.places, one.kernel) : schedule,
    ),
  }));
  return runProgram({ ...program, kernels }, inputs, target === "wasm");
}
