/** What a target decides: layouts, schedules, and how Stmt is printed. It knows nothing about ops. */
import type { KernelFunction } from "../loop/stmt.js";
import type { Choices, LayoutChoices } from "../program/layout/choices.js";

export type { Choices, LayoutChoices } from "../program/layout/choices.js";

export interface Target extends LayoutChoices {
  readonly name: string;
  /** Choices worth timing on a machine, in groups that are settled one after the other. */
  readonly alternatives: readonly (readonly Choices[])[];
  /** One kernel function as source text under the given name. */
  printFunction(name: string, code: KernelFunction): string;
}
