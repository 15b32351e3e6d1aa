/** Cases of functions of one number, each against a formula on plain numbers. */
import { both, byteCase, one } from "./elementwise.js";
import { absolute, areaSine, below, erf, round, sign } from "./formulas.js";
import type { OpCase } from "./opCase.js";

export const functionCases: Readonly<Record<string, readonly OpCase[]>> = {
  erf: one((x) => erf(x!)),
  exp: one((x) => Math.E ** x!),
  log: one((x) => Math.LN10 * Math.log10(x!)),
  sin: one((x) => (x === 0 ? x : Math.tan(x!) * Math.cos(x!))),
  cos: one((x) => (x === 0 ? 1 : Math.sin(x!) / Math.tan(x!))),
  tan: one((x) => Math.sin(x!) / Math.cos(x!)),
  asin: one((x) => (x === 0 ? x : Math.atan2(x!, Math.sqrt((1 - x!) * (1 + x!))))),
  acos: one((x) => Math.atan2(Math.sqrt((1 - x!) * (1 + x!)), x!)),
  atan: one((x) => Math.atan2(x!, 1)),
  sinh: one((x) => (x === 0 ? x : Math.exp(x!) / 2 - Math.exp(-x!) / 2)),
  cosh: one((x) => Math.exp(x!) / 2 + Math.exp(-x!) / 2),
  asinh: one((x) => (x === 0 ? x : sign(x!) * areaSine(Math.abs(x!)))),
  acosh: one((x) => (x! < 1 ? NaN : Math.log(x! + Math.sqrt(x! - 1) * Math.sqrt(x! + 1)))),
  atanh: one((x) => (x === 0 ? x : (Math.log(1 + x!) - Math.log(1 - x!)) / 2)),
  sqrt: one((x) => (x === 0 ? x : x === -Infinity ? NaN : x! ** 0.5)),
  abs: [
    ...one((x) => absolute(x!)),
    ...one((x) => absolute(x!) | 0, {}, "i32"),
    byteCase("i8", [-128, -127, -1, 0, 127], [-128, 127, 1, 0, 127]),
  ],
  neg: [
    ...one((x) => -1 * x!),
    ...one((x) => (0 - x!) | 0, {}, "i32"),
    byteCase("i8", [-128, -127, -1, 0, 127], [-128, 127, 1, 0, -127]),
  ],
  reciprocal: one((x) => x! ** -1),
  floor: one((x) => below(x!)),
  ceil: one((x) => -1 * below(-1 * x!)),
  round: one((x) => round(x!)),
  sign: [...both((x) => sign(x!)), ...one((x) => sign(x!), {}, "i64")],
};
