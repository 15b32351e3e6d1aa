/** A budget without limits, for tests of what happens far beyond the usual ones. */
import { RESOURCES, startBudget, type Budget } from "../../compiler/base/budget.js";

export function unlimited(): { readonly budget: Budget } {
  return { budget: startBudget(Object.fromEntries(RESOURCES.map((one) => [one, Infinity]))) };
}
