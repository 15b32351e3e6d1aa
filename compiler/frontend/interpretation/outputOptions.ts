/** What every interpretation has: how its outputs are called, and whether the model's own stays. */
import { z } from "zod";

export interface OutputOptions {
  /** What the names of outputs begin with: `top` makes topScores, "" scores; by default the output's own name. */
  readonly as?: string;
  /** Whether the output itself is still there as well; false by default. */
  readonly keep?: boolean;
}

/** Of what `OutputOptions` says. */
export const OUTPUT_OPTIONS = {
  as: z.string().max(200).optional(),
  keep: z.boolean().default(false),
};

/** logits, scores => logitsScores */
export function partName(prefix: string, part: string): string {
  return prefix === "" ? part : `${prefix}${part[0]!.toUpperCase()}${part.slice(1)}`;
}
