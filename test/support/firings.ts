/** Counts what rules did, for tests of passes. */
import type { RewriteLog } from "../../compiler/graph/rewrite/rule.js";

/** How often each rule fired, by name. */
export function firings(log: RewriteLog): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { rule } of log.fired) counts.set(rule, (counts.get(rule) ?? 0) + 1);
  return counts;
}
