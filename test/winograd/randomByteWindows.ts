/** Draws a layer of windows over bytes, a step apart: any size, groups, edges that cut off tiles, zero points at both ends. */
import type { Definition } from "../../compiler/graph/definition.js";
import { parseDefinition } from "../../compiler/graph/text/parse.js";
import { extremes, RANGES } from "../support/byteConvolution.js";
import { createRandom } from "../support/random.js";

const TAPS = [...[1, 2, 3].map(() => [3, 3]), [1, 3], [3, 1], [2, 2], [3, 2], [5, 3]] as const;

/** Of bytes `x` an output `y` of f32, which are integers. */
export function randomByteWindows(seed: number): Definition {
  const random = createRandom(seed);
  const of = random.pick(["u8", "i8"] as const);
  const range = RANGES[of];
  const groups = random.pick([1, 1, 1, 2, 3]);
  const [ic, oc] = [random.int(1, 19), groups * random.int(1, 13)];
  const dims = [random.pick([1, 1, 2]), ic * groups, random.int(3, 11), random.int(3, 11)];
  const taps = random.pick(TAPS);
  const pads = [...taps, ...taps].map((k) => random.int(0, k - 1));
  // Windows fit, padded as they are.
  dims[2] = Math.max(dims[2]!, taps[0]!);
  const zero = random.pick([...range, 0, random.int(range[0], range[1])]);
  const weights = extremes(random, RANGES.i8, oc * ic * taps[0]! * taps[1]!);
  const bias = random.chance(0.5) ? ", @b" : "";
  const steps = random.chance(0.5)
    ? `  %f = cast(%a) {to="f32"}
  %s = mul(%f, @scale)
  %r = round(%s)
  %y = clip(%r) {min=0, max=255}`
    : `  %y = cast(%a) {to="f32"}`;
  return parseDefinition(`model layer(%x: u8[${dims.join()}]) {
  %o = cast(%x) {to="f32"}
  %q = cast(%o) {to="${of}"}
  %a = conv(%q, @w${bias}) {zero=${zero}, groups=${groups}, pads=[${pads.join()}]}
${steps}
  return y = %y
}
@w : i8[${oc},${ic},${taps.join()}] = [${weights.join()}]
@b : i32[${oc}] = [${extremes(random, [-2000, 2000], oc).join()}]
@scale : f32[${oc},1,1] = seed 2 center 0.001 spread 0.0005
`);
}
