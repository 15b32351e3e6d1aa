/** A small model with every kind of loop nest that is tuned: contraction, depthwise, pool, softmax, sums in place. */
import { parseDefinition } from "../../compiler/graph/text/parse.js";
import { planModel } from "../../compiler/compile.js";
import type { Program } from "../../compiler/program/program.js";
import { TARGET_NAMES, targets, VARIANTS, type TargetName } from "../../compiler/targets/index.js";
import { programFor } from "../../compiler/targets/variant.js";
import { tensor, type Tensor } from "../../compiler/base/tensor.js";
import { openBook } from "../../compiler/tune/apply.js";
import type { Tuned, TunedKernel } from "../../compiler/tune/file.js";
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

export function targetFor(engine: string): TargetName {
  return TARGET_NAMES.find((name) => targets[name].variants.some((one) => one.name === engine))!;
}

/** Tunes with a clock that runs by what schedules are said to cost. */
export function tuneBy(
  cost: (kernel: Program["kernels"][number]) => number,
  engine: string,
  schedules: readonly TunedKernel[] = [],
): Promise<Tuned> {
  const { program } = planModel(SMALL, { target: targetFor(engine), schedules });
  const variant = VARIANTS.find(({ name }) => name === engine)!;
  let clock = 0;
  return tuneProgram(program, variant, {
    alternatives: variant.tuner!.alternatives,
    now: () => clock,
    prepare: (alone) => {
      const milliseconds = cost(alone.kernels[0]!);
      return Promise.resolve(() => void (clock += milliseconds));
    },
  });
}

/** Outputs of the model with schedules instead of a variant's own, on the interpreter of loops. */
export function outputsWith(
  engine: string,
  tuned: readonly TunedKernel[],
): ReadonlyMap<string, Tensor> {
  const target = targetFor(engine);
  const variant = VARIANTS.find(({ name }) => name === engine)!;
  const random = createRandom(1);
  const values = Array.from({ length: 315 }, () => random.int(-1000, 1000) / 1000);
  const inputs = new Map([["x", tensor("f32", [1, 5, 9, 7], values)]]);
  const { program } = planModel(SMALL, { target, schedules: tuned });
  const own = programFor(program, variant, openBook(tuned).find);
  return runProgram(own, inputs, variant.lanes.length > 1);
}
