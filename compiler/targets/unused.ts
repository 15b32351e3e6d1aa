/**
 * Drops registers that nothing reads: guards that turn out constant leave the addresses they hoisted.
 *
 *   const x_oh = x + oh * 64; f32[out] = 0  =>  f32[out] = 0
 */
import { allOperands } from "../loop/walk.js";
import type { KernelFunction, Stmt, Value } from "../loop/stmt.js";

/** The function without constant registers that are never read; parameters stay, since calls pass them. */
export function withoutUnused(code: KernelFunction): KernelFunction {
  const live = new Set<string>();
  const seen = new Set<Value>();
  const mark = (value: Value): void => {
    if (seen.has(value)) return;
    seen.add(value);
    if (value.kind === "register") live.add(value.name);
    allOperands(value).forEach(mark);
  };
  return { ...code, body: prune(code.body, live, mark) };
}

/** From the last statement up, since what reads a register comes after its declaration. */
function prune(
  body: readonly Stmt[],
  live: ReadonlySet<string>,
  mark: (value: Value) => void,
): Stmt[] {
  const kept: Stmt[] = [];
  for (const stmt of [...body].reverse()) {
    if (stmt.kind === "for") {
      const inner = prune(stmt.body, live, mark);
      if (inner.length > 0) kept.push({ ...stmt, body: inner });
      continue;
    }
    if (stmt.kind === "let" && !stmt.mutable && !live.has(stmt.register)) continue;
    mark(stmt.value);
    if (stmt.kind === "store") mark(stmt.address);
    kept.push(stmt);
  }
  return kept.reverse();
}
