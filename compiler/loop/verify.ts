/** Checks that a KernelFunction can be printed for any target: names, lanes, dtypes, and loops that end. */
import type { Scalar } from "../compute/ir.js";
import type { KernelFunction, Stmt, Value } from "./stmt.js";
import { narrowRange, type Range } from "./sixteen.js";
import { widened } from "./storage.js";
import { tileProblems } from "./verifyTiles.js";

/** Throws an Error that lists everything wrong with the code. */
export function verifyStmt(code: KernelFunction): void {
  const problems = stmtProblems(code);
  if (problems.length > 0)
    throw new Error(`${code.summary || "code"} is wrong:\n  ${problems.join("\n  ")}`);
}

interface Register {
  readonly dtype: Scalar;
  readonly lanes: number;
  readonly mutable: boolean;
  /** Of what 16 bits hold. */
  readonly range?: Range | undefined;
}

/** What is in sight, and every name given so far: targets declare registers per function. */
interface Sight {
  readonly registers: ReadonlyMap<string, Register>;
  readonly taken: Set<string>;
  report(message: string): void;
}

/** Everything that is wrong with a function; empty for a legal one. */
export function stmtProblems(code: KernelFunction): string[] {
  const problems = new Set<string>();
  const registers = new Map<string, Register>();
  const taken = new Set<string>();
  const sight: Sight = { registers, taken, report: (message) => void problems.add(message) };
  for (const { name } of code.parameters) {
    if (taken.has(name)) sight.report(`parameter ${name} is declared twice`);
    taken.add(name);
    registers.set(name, { dtype: "i32", lanes: 1, mutable: false });
  }
  checkBody(code.body, sight);
  // Only sound code can be asked what threads do to each other.
  return problems.size > 0 ? [...problems] : tileProblems(code);
}

function checkBody(body: readonly Stmt[], outer: Sight): void {
  const registers = new Map(outer.registers);
  const sight = { ...outer, registers };
  for (const stmt of body) {
    switch (stmt.kind) {
      case "for":
        checkLoop(stmt, sight);
        break;
      case "let": {
        checkValue(stmt.value, sight);
        declare(stmt.register, sight);
        const { dtype, lanes } = stmt.value;
        const range = stmt.mutable ? undefined : narrowRangeIn(stmt.value, sight);
        registers.set(stmt.register, { dtype, lanes, mutable: stmt.mutable, range });
        break;
      }
      case "assign":
        checkAssignment(stmt, sight);
        break;
      case "store":
        checkStore(stmt, sight);
        break;
      default:
        stmt satisfies never;
    }
  }
}

function declare(name: string, { taken, report }: Sight): void {
  if (taken.has(name)) report(`${name} is declared twice`);
  taken.add(name);
}

function checkLoop(stmt: Extract<Stmt, { kind: "for" }>, sight: Sight): void {
  const { variable, from, to, step } = stmt;
  if (![from, to, step].every(Number.isSafeInteger) || step < 1 || from >= to)
    sight.report(`loop ${variable} runs from ${from} to ${to} by ${step}`);
  else if ((to - from) % step !== 0) sight.report(`loop ${variable} steps over its end`);
  declare(variable, sight);
  const registers = new Map(sight.registers);
  registers.set(variable, { dtype: "i32", lanes: 1, mutable: false });
  checkBody(stmt.body, { ...sight, registers });
}

function checkAssignment(stmt: Extract<Stmt, { kind: "assign" }>, sight: Sight): void {
  const { register, value } = stmt;
  checkValue(value, sight);
  const known = sight.registers.get(register);
  if (known === undefined) return sight.report(`${register} is assigned before it is declared`);
  if (!known.mutable) sight.report(`${register} is assigned but not mutable`);
  expectType(value, known, `the value of ${register}`, sight);
}

function checkStore(stmt: Extract<Stmt, { kind: "store" }>, sight: Sight): void {
  const { memory, address, value, count } = stmt;
  checkAddress(address, sight);
  checkValue(value, sight);
  if (memory.space !== "arena") sight.report("stores to constants");
  expectType(value, { dtype: widened(memory.dtype), lanes: value.lanes }, "what is stored", sight);
  checkCount(count, value.lanes, sight);
}

function checkCount(count: number | undefined, lanes: number, sight: Sight): void {
  if (count !== undefined && !(Number.isInteger(count) && count >= 1 && count <= lanes))
    sight.report(`${count} of ${lanes} lanes`);
}

function checkAddress(address: Value, sight: Sight): void {
  checkValue(address, sight);
  expectType(address, { dtype: "i32", lanes: 1 }, "an address", sight);
}

function expectType(
  value: Value,
  expected: { readonly dtype: Scalar; readonly lanes: number },
  what: string,
  { report }: Sight,
): void {
  if (value.dtype !== expected.dtype || value.lanes !== expected.lanes)
    report(
      `${what} is ${value.dtype}×${value.lanes}, expected ${expected.dtype}×${expected.lanes}`,
    );
}

function narrowRangeIn(value: Value, { registers }: Sight): Range | undefined {
  return narrowRange(value, (register) => registers.get(register)?.range);
}

function checkValue(value: Value, sight: Sight): void {
  const { dtype, lanes } = value;
  const same = (operand: Value, what: string, type: Scalar = dtype): void => {
    checkValue(operand, sight);
    expectType(operand, { dtype: type, lanes }, what, sight);
  };
  const scalar = (operand: Value, what: string, type: Scalar = dtype): void => {
    checkValue(operand, sight);
    expectType(operand, { dtype: type, lanes: 1 }, what, sight);
  };
  switch (value.kind) {
    case "constant":
      return;
    case "register": {
      const known = sight.registers.get(value.name);
      if (known === undefined) sight.report(`${value.name} is read before it is declared`);
      else expectType(value, known, value.name, sight);
      return;
    }
    case "load":
      checkAddress(value.address, sight);
      checkCount(value.count, lanes, sight);
      return expectType(value, { dtype: widened(value.memory.dtype), lanes }, "a load", sight);
    case "unary":
    case "cast":
      checkValue(value.operand, sight);
      return expectType(
        value.operand,
        { dtype: value.operand.dtype, lanes },
        `the operand of ${value.kind === "unary" ? value.op : value.kind}`,
        sight,
      );
    case "binary":
      same(value.left, `the left of ${value.op}`, value.left.dtype);
      return same(value.right, `the right of ${value.op}`, value.left.dtype);
    case "select":
      same(value.condition, "a condition", "bool");
      same(value.then, "an arm");
      return same(value.otherwise, "an arm");
    case "guard":
      scalar(value.condition, "a guard", "bool");
      same(value.then, "an arm");
      return same(value.otherwise, "an arm");
    case "dot":
      for (const [side, operand] of [
        ["left", value.left] as const,
        ["right", value.right] as const,
      ]) {
        checkValue(operand, sight);
        expectType(operand, { dtype: "i32", lanes: 2 * lanes }, `the ${side} of a dot`, sight);
        if (narrowRangeIn(operand, sight) === undefined)
          sight.report(`the ${side} of a dot may leave 16 bits`);
      }
      return expectType(value, { dtype: "i32", lanes }, "a dot", sight);
    case "splat":
      return scalar(value.operand, "a splat's operand");
    case "build":
      if (value.operands.length !== lanes)
        sight.report(`packs ${value.operands.length} scalars into ${lanes} lanes`);
      return value.operands.forEach((operand) => scalar(operand, "a packed scalar"));
    case "shuffle":
      same(value.left, "the left of a shuffle");
      same(value.right, "the right of a shuffle");
      if (value.picks.length !== lanes)
        sight.report(`picks ${value.picks.length} of ${2 * lanes} for ${lanes} lanes`);
      for (const pick of value.picks)
        if (!(Number.isInteger(pick) && pick >= 0 && pick < 2 * lanes))
          sight.report(`lane ${pick} of two vectors of ${lanes}`);
      return;
    case "extract":
      checkValue(value.operand, sight);
      if (value.lane < 0 || value.lane >= value.operand.lanes)
        sight.report(`lane ${value.lane} of ${value.operand.lanes}`);
      return;
    case "mask":
      same(value.operand, "what is kept");
      return checkCount(value.count, lanes, sight);
    case "reduce":
      return checkValue(value.operand, sight);
    default:
      return value satisfies never;
  }
}
