/** What a pass over the Graph is: a name and its rules. */
import type { Rule } from "../graph/rewrite/rule.js";

export interface Pass {
  /** As the command line names it: lower case with dashes. */
  readonly name: string;
  /** Each stage runs to its fixed point before the next begins. */
  readonly stages: readonly (readonly Rule[])[];
}
