/** Records the nodes that resize a picture whose size only a run knows, in the memory of the largest there may be. */
import { fail } from "../../../base/error.js";
import { tensor } from "../../../base/tensor.js";
import { logicalAnd, where } from "../../builder/arithmetic.js";
import { reshape } from "../../builder/movement.js";
import { constant, type Value } from "../../builder/value.js";
import type { Sides } from "./geometry.js";
import { resizeBy } from "./resize.js";
import { spansInRun } from "./sidesInRun.js";
import type { ImageSpec } from "./spec.js";
import { tablesInRun } from "./tapsInRun.js";

/** The picture of `size`, an i32[2], as the model sees it; `x` has the sides of the largest. */
export function resizeInRun(
  x: Value,
  size: Value,
  spec: ImageSpec,
  [most, model]: readonly [Sides, Sides],
): Value {
  const [down, across] = spansInRun(spec, size, most, model);
  const [rows, columns] = [
    tablesInRun(down, spec, "vertical"),
    tablesInRun(across, spec, "horizontal"),
  ];
  const resized = resizeBy(x, rows, columns, spec);
  if (spec.fit !== "letterbox") return resized;
  const shown = logicalAnd(
    reshape(rows.shown, [model[0], 1, 1]),
    reshape(columns.shown, [1, model[1], 1]),
  );
  const dtype = spec.rule === "torchvision" && spec.resize !== "nearest" ? "f32" : "u8";
  const fill = constant(x, tensor(dtype, [1], [spec.fill ?? 0]), "fill");
  return where(shown, resized, fill);
}

/** Throws CompileError `bad-attribute` where a small picture would not cover the model's. */
export function checkAnySize({ fit, shorterSide }: ImageSpec, model: Sides): void {
  const least = Math.max(...model);
  if (fit !== "crop" || shorterSide === undefined || shorterSide >= least) return;
  const message = `shorterSide is ${shorterSide}, which does not cover the model's ${model.join(" × ")}`;
  fail("bad-attribute", message, { hint: `for pictures of any size it is at least ${least}` });
}
