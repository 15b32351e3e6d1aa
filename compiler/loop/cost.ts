/** How much a function does, in statements that run: enough to compare its parts. */
import type { Stmt } from "./stmt.js";

/** Iterations. */
export function trips({ from, to, step }: Extract<Stmt, { kind: "for" }>): number {
  return Math.ceil((to - from) / step);
}

/** Statements that run where these do once. */
export function bodyCost(body: readonly Stmt[]): number {
  return body.reduce((sum, stmt) => sum + costOf(stmt), 0);
}

export function costOf(stmt: Stmt): number {
  return stmt.kind === "for" ? trips(stmt) * bodyCost(stmt.body) : 1;
}
