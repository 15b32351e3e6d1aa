/**
 * Finds loops whose bodies become functions of their own: an engine compiles a function better only from its
 * next call on, so that one long call would run slowly to its end the first time.
 */
import { bodyCost, trips } from "../../loop/cost.js";
import type { Stmt, Value } from "../../loop/stmt.js";
import { allOperands } from "../../loop/walk.js";

/** About a tenth of a millisecond: calls of less would cost time, of more would run slowly for long. */
const LONGEST_CALL = 100_000;
/** Statements below which a call is felt. */
const SHORTEST_CALL = 500;

/** Whether a function does much even without the bodies that it calls: what their tiles leave over, or transforms. */
export function isBusy(body: readonly Stmt[]): boolean {
  return ownCost(body) > BUSY;
}

function ownCost(body: readonly Stmt[]): number {
  return body.reduce((sum, stmt) => {
    if (stmt.kind !== "for") return sum + 1;
    const isCalled = stmt.tiles === undefined && outlineLoop(stmt) !== undefined;
    return sum + trips(stmt) * (isCalled ? 1 : ownCost(stmt.body));
  }, 0);
}

/** Half a millisecond more in code that is not compiled well: what compiling it takes. */
const BUSY = 1_000_000;

/** A body with the registers it reads and does not declare. */
export interface Outlined {
  readonly body: readonly Stmt[];
  readonly reads: readonly string[];
}

/** What to call in place of a loop's body; undefined where the loop stays as it is. */
export function outlineLoop(stmt: Extract<Stmt, { kind: "for" }>): Outlined | undefined {
  const once = bodyCost(stmt.body);
  if (trips(stmt) * once <= LONGEST_CALL || once > LONGEST_CALL || once < SHORTEST_CALL)
    return undefined;
  const { declared, read, assigned } = namesOf(stmt.body);
  if ([...assigned].some((name) => !declared.has(name))) return undefined;
  return { body: stmt.body, reads: [...read].filter((name) => !declared.has(name)) };
}

interface Names {
  readonly declared: Set<string>;
  readonly read: Set<string>;
  readonly assigned: Set<string>;
}

function namesOf(body: readonly Stmt[]): Names {
  const names: Names = { declared: new Set(), read: new Set(), assigned: new Set() };
  const seen = new Set<Value>();
  const visit = (value: Value): void => {
    if (seen.has(value)) return;
    seen.add(value);
    if (value.kind === "register") names.read.add(value.name);
    allOperands(value).forEach(visit);
  };
  const walk = (stmts: readonly Stmt[]): void => {
    for (const stmt of stmts) {
      if (stmt.kind === "for") {
        names.declared.add(stmt.variable);
        walk(stmt.body);
        continue;
      }
      if (stmt.kind === "let") names.declared.add(stmt.register);
      if (stmt.kind === "assign") names.assigned.add(stmt.register);
      if (stmt.kind === "store") visit(stmt.address);
      visit(stmt.value);
    }
  };
  walk(body);
  return names;
}
