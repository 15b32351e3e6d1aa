/** erf as an odd quotient of polynomials: relative accuracy near 0, and 1 where f32 has nothing closer. */
import type { Expr } from "../../compute/ir.js";
import { div, max, min, mul, polynomial } from "./primitives.js";

/** From 3.93 on erf is 1 in f32; here the quotient is above 1 by several roundings, so that it is 1 for certain. */
const LIMIT = 4.1;

/**
 * erf x = x · P(x²) / Q(x²) up to 3.93: own minimax fit, relative error below 1.2e-8 before both were scaled so
 * that f32 has coefficients close by. All terms are positive, so that none cancels another.
 */
const NUMERATOR = [2.053199, 0.3576568, 0.097433224, 0.007319705, 0.00052665244, 3.6174374e-6];
const DENOMINATOR = [1.8196003, 0.92349607, 0.21223201, 0.028182397, 0.0022242626, 6.856973e-5];

const within = (x: Expr, limit: number): Expr => max(min(x, limit), -limit);

export function erf(x: Expr): Expr {
  const a = within(x, LIMIT);
  const square = mul(a, a);
  const quotient = div(mul(a, polynomial(NUMERATOR, square)), polynomial(DENOMINATOR, square));
  return within(quotient, 1);
}
