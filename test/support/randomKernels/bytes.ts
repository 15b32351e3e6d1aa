/** Random sums of products of narrow integers, less a zero point, with channels that no vector divides. */
import { addIndex, axisIndex, scaleIndex } from "../../../compiler/compute/affine.js";
import {
  accumulator,
  add,
  binary,
  load,
  max,
  min,
  mul,
  sub,
} from "../../../compiler/compute/expr.js";
import type { Boundary, Compute, Expr } from "../../../compiler/compute/ir.js";
import type { DType } from "../../../compiler/base/tensor.js";
import type { Random } from "../random.js";
import type { RandomKernel } from "../randomKernel.js";
import { at, axis, kernelOf, type } from "./build.js";

const NARROW = ["u8", "i8", "i16"] as const satisfies readonly DType[];

/** What an expression is in fewer bits. */
const CUT: Readonly<Record<"i32" | "u8" | "i8", (value: Expr) => Expr>> = {
  i32: (value) => value,
  u8: (value) => binary("and", value, 255),
  i8: (value) => max(min(value, 127), -128),
};

export function randomBytes(random: Random): Omit<RandomKernel, "family"> {
  const [oc, ow] = [axis("oc", random.int(1, 9)), axis("ow", random.int(1, 5))];
  const [ic, kw] = [axis("ic", random.pick([1, 3, 8, 11, 16, 19])), axis("kw", random.int(1, 3))];
  const [of, weights] = [random.pick(NARROW), random.pick(NARROW)];
  // A difference of 16 bits may need 17.
  const zero = of === "i16" ? 0 : random.pick([0, 0, 5, of === "u8" ? 255 : -128]);
  const before = random.int(0, 1);
  const dims = [ic.extent, Math.max(1, ow.extent + kw.extent - 1 - 2 * before)];
  const boundary: Boundary = { mode: "constant", value: zero };
  const along = addIndex(axisIndex(ow), scaleIndex(axisIndex(kw), 1), -before);
  const x = load("x", [axisIndex(ic), along], "i32", boundary);
  const w = load("w", at([oc, ic, kw]), "i32");
  const output = random.pick(["i32", "u8", "i8"] as const);
  const last = random.chance(0.5) ? accumulator("i32") : add(accumulator("i32"), 3);
  const compute: Compute = {
    target: "out",
    axes: [oc, ow],
    reduce: [ic, kw],
    combine: "sum",
    ...(random.chance(0.6) ? { init: load("bias", [axisIndex(oc)], "i32") } : {}),
    body: mul(zero === 0 ? x : sub(x, zero), w),
    ...(output === "i32" && random.chance(0.5) ? {} : { epilogue: CUT[output](last) }),
    index: at([oc, ow]),
  };
  const inputs = {
    x: type(dims, of),
    w: type([oc.extent, ic.extent, kw.extent], weights),
    bias: type([oc.extent], "i32"),
  };
  return { kernel: kernelOf(inputs, type([oc.extent, ow.extent], output), [compute]), exact: true };
}
