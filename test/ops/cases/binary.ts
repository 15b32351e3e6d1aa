/** Cases of arithmetic, comparison and logic, each against a formula on plain numbers. */
import { arithmetic, bytes, comparison, logic, two } from "./elementwise.js";
import { maximum, minimum, pow, pythonMod } from "./formulas.js";
import type { OpCase } from "./opCase.js";

export const binaryCases: Readonly<Record<string, readonly OpCase[]>> = {
  add: arithmetic(
    (a, b) => a! + b!,
    (a, b) => a + b,
  ),
  sub: arithmetic(
    (a, b) => a! - b!,
    (a, b) => a - b,
  ),
  mul: arithmetic(
    (a, b) => a! * b!,
    (a, b) => a * b,
  ),
  div: arithmetic(
    (a, b) => a! / b!,
    (a, b) => (b === 0n ? 0n : a / b),
  ),
  pow: two((a, b) => pow(a!, b!)),
  mod: [
    ...arithmetic(
      (a, b) => pythonMod(a!, b!),
      (a, b) => (b === 0n ? 0n : ((a % b) + b) % b),
    ),
    ...arithmetic(
      (a, b) => a! % b!,
      (a, b) => (b === 0n ? 0n : a % b),
      { fmod: true },
    ),
  ],
  min: [
    ...two((a, b) => minimum(a!, b!)),
    ...two((a, b) => minimum(a!, b!), "i32"),
    ...bytes("u8", (a, b) => (a < b ? a : b)),
    ...bytes("i8", (a, b) => (a < b ? a : b)),
  ],
  max: [
    ...two((a, b) => maximum(a!, b!)),
    ...two((a, b) => maximum(a!, b!), "i32"),
    ...bytes("u8", (a, b) => (a > b ? a : b)),
    ...bytes("i8", (a, b) => (a > b ? a : b)),
  ],
  equal: [...comparison((a, b) => a === b), ...logic((a, b) => a === b)],
  less: comparison((a, b) => a < b),
  greater: comparison((a, b) => b < a),
  lessOrEqual: comparison((a, b) => a < b || a === b),
  greaterOrEqual: comparison((a, b) => b < a || a === b),
  and: logic((a, b) => a && b),
  or: logic((a, b) => a || b),
  xor: logic((a, b) => a !== b),
};
