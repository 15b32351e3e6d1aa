/** Finds what a Compute reads: every load and index, wherever in its expressions it stands. */
import type { Compute, Expr } from "./ir.js";
import { walkExpr } from "./walk.js";

/** Every load and index of a Compute, those inside opaque terms too. */
export function allLoads(compute: Compute): Extract<Expr, { kind: "load" | "index" }>[] {
  const found: Extract<Expr, { kind: "load" | "index" }>[] = [];
  for (const expr of [compute.body, compute.init, compute.epilogue]) {
    if (expr === undefined) continue;
    walkExpr(expr, (inner) => {
      if (inner.kind === "load" || inner.kind === "index") found.push(inner);
    });
  }
  return found;
}
