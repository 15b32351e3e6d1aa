/** Finds what a Compute reads: every load and index, wherever in its expressions it stands. */
import type { Compute, Expr, Kernel } from "./ir.js";
import { isAffine, opaqueValues, walkExpr } from "./walk.js";

/** The expressions of a Compute: body, init and epilogue, and what says where it writes beyond its axes. */
export function rootsOf({ body, init, epilogue, index }: Compute): readonly Expr[] {
  const roots = [body, init, epilogue].filter((expr) => expr !== undefined);
  return index.every(isAffine) ? roots : [...roots, ...opaqueValues(index)];
}

/** Every load and index of a Compute, those inside opaque terms too. */
export function allLoads(compute: Compute): Extract<Expr, { kind: "load" | "index" }>[] {
  const found: Extract<Expr, { kind: "load" | "index" }>[] = [];
  for (const expr of rootsOf(compute)) {
    walkExpr(expr, (inner) => {
      if (inner.kind === "load" || inner.kind === "index") found.push(inner);
    });
  }
  return found;
}

/** Whether an expression reads `source` anywhere. */
export function loads(expr: Expr, source: string): boolean {
  let found = false;
  walkExpr(expr, (inner) => {
    if (inner.kind === "load" && inner.source === source) found = true;
  });
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
