/** Counts what the busiest innermost loop of a kernel does: why one order of loops is faster than another. */
import { operandsOf } from "./walk.js";
import type { Stmt, Value } from "./stmt.js";

/** Of one step, of any number of lanes each. */
export interface Step {
  /** Products that are added to something, in one instruction or two. */
  readonly multiplyAdds: number;
  /** Vectors that are read. */
  readonly vectors: number;
  /** Numbers that are read, each for one lane or for all of them. */
  readonly numbers: number;
  /** Loop variable; undefined where all of it is unrolled. */
  readonly variable: string | undefined;
}

/** Where most multiply-adds are done; undefined where there are none. */
export function busiestStep(body: readonly Stmt[]): Step | undefined {
  let [busiest, most]: [Step | undefined, number] = [undefined, 0];
  const visit = (stmts: readonly Stmt[], variable: string | undefined, times: number): void => {
    const step = { ...countStep(stmts), variable };
    if (step.multiplyAdds * times > most) [busiest, most] = [step, step.multiplyAdds * times];
    for (const stmt of stmts)
      if (stmt.kind === "for")
        visit(stmt.body, stmt.variable, times * Math.ceil((stmt.to - stmt.from) / stmt.step));
  };
  visit(body, undefined, 1);
  return busiest;
}

/** Loops inside are left out. */
function countStep(body: readonly Stmt[]): Omit<Step, "variable"> {
  let [multiplyAdds, vectors, numbers] = [0, 0, 0];
  const seen = new Set<Value>();
  const visit = (value: Value): void => {
    if (seen.has(value)) return;
    seen.add(value);
    if (value.kind === "load" && value.lanes > 1) vectors++;
    else if (value.kind === "load") numbers++;
    else if (isMultiplyAdd(value)) multiplyAdds++;
    operandsOf(value).forEach(visit);
  };
  for (const stmt of body) if (stmt.kind !== "for") visit(stmt.value);
  return { multiplyAdds, vectors, numbers };
}

function isMultiplyAdd(value: Value): boolean {
  if (value.kind !== "binary" || value.op !== "add" || value.dtype !== "f32") return false;
  return [value.left, value.right].some((one) => one.kind === "binary" && one.op === "mul");
}

/** `each step of ic: 12 multiply-adds of 4 lanes, 2 vectors and 6 numbers read`; undefined where there are none. */
export function describeStep(body: readonly Stmt[], lanes: number): string | undefined {
  const step = busiestStep(body);
  if (step === undefined) return undefined;
  const { multiplyAdds, vectors, numbers, variable } = step;
  const counted = (count: number, one: string): string[] =>
    count === 0 ? [] : [`${count} ${one}${count === 1 ? "" : "s"}`];
  const read = [...counted(vectors, "vector"), ...counted(numbers, "number")].join(" and ");
  const where = variable === undefined ? "straight on" : `each step of ${variable}`;
  const sums = counted(multiplyAdds, "multiply-add").join("");
  return `${where}: ${sums}${lanes === 1 ? "" : ` of ${lanes} lanes`}${read === "" ? "" : `, ${read} read`}`;
}
