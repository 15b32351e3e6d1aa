/** Finds what a Compute reads: every load and index, wherever in its expressions it stands. */
import type { Compute, Expr, Kernel } from "./ir.js";
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

/** The inputs of a kernel that are the same in every run. */
export function weightSources(kernel: Kernel): ReadonlySet<string> {
  return new Set(kernel.inputs.flatMap(({ name, constant }) => (constant === true ? [name] : [])));
}

/** Its weights, and the tables that its op brings. */
export function constantSources(kernel: Kernel): ReadonlySet<string> {
  return new Set([...weightSources(kernel), ...kernel.constants.map(({ name }) => name)]);
}
