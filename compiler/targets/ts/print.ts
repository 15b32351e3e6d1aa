/**
 * Prints a KernelFunction as a TypeScript function a person could have written. Arithmetic on f32 is done
 * in f64, accumulators are f64, and results round to f32 where they are stored; only operations whose
 * results IEEE 754 and ECMAScript fix are used, so every engine computes the same bits.
 */
import type { KernelFunction, Stmt, Value } from "../../loop/stmt.js";
import { createLocals } from "../../emit/locals.js";
import { printElement, printNumber, printValue, type Printer } from "./printValue.js";
import {
  HELPERS,
  MEMORY_ARRAYS,
  arrayOf,
  arrayType,
  type Helper,
  type MemoryArray,
} from "./arrays.js";
import { createRanges } from "../range.js";
import { allOperands } from "../../loop/walk.js";
import { withoutUnused } from "../unused.js";

/** A printed function and what a caller has to know of it. */
export interface PrintedFunction {
  /** Memory arrays first, then element addresses; each with its type. */
  readonly parameters: readonly { readonly name: string; readonly type: string }[];
  /** One statement a line, loops indented by two spaces. */
  readonly body: string;
  /** Arrays to pass, in order. */
  readonly arrays: readonly MemoryArray[];
  /** Functions of the runtime that the body calls. */
  readonly helpers: readonly Helper[];
}

/** The source text of a whole function. */
export function printFunction(name: string, code: KernelFunction): string {
  return assembleFunction(name, code.summary, printParts(code));
}

/** The source text of a function whose parts are printed already. */
export function assembleFunction(
  name: string,
  summary: string,
  { parameters, body }: PrintedFunction,
): string {
  const list = parameters.map((parameter) => `${parameter.name}: ${parameter.type}`).join(", ");
  const comment = summary.replace(/\*\//g, "* /");
  return `/** ${comment} */\nfunction ${name}(${list}): void {\n${body}}\n`;
}

/** The parts of a function; throws a plain Error on vectors and on functions that are not decomposed. */
export function printParts(original: KernelFunction): PrintedFunction {
  const code = withoutUnused(original);
  const usage = usageOf(code.body);
  const parameters = code.parameters.map(({ name }) => name);
  const local = createLocals(
    [...parameters, ...usage.declared],
    new Set<string>([...MEMORY_ARRAYS, ...HELPERS]),
  );
  const helpers = new Set<Helper>();
  const printer: Printer = {
    ranges: createRanges(parameters, code.body),
    local,
    useHelper: (helper) => helpers.add(helper),
  };
  const read = parameters.filter((name) => usage.read.has(name)).map(local);
  const body = printBounds(code.body, read) + printBody(code.body, 1, printer);
  const arrays = MEMORY_ARRAYS.filter((array) => usage.arrays.has(array));
  return {
    parameters: [
      ...arrays.map((name) => ({ name, type: arrayType(name) })),
      ...parameters.map((name) => ({
        name: usage.read.has(name) ? local(name) : `_${name}`,
        type: "number",
      })),
    ],
    body,
    arrays,
    helpers: HELPERS.filter((helper) => helpers.has(helper)),
  };
}

/** Every element address: allocate-buffers sees to it that memory has at most 2^30 elements. */
const ADDRESS_MASK = "0x3fffffff";

/**
 * Changes no address, and tells engines that sums of addresses and loop terms stay small: they then add
 * without looking for overflow, which is a fifth of the time of a convolution in V8.
 */
function printBounds(body: readonly Stmt[], addresses: readonly string[]): string {
  if (addresses.length === 0 || !body.some(({ kind }) => kind === "for")) return "";
  const lines = addresses.map((name) => `  ${name} &= ${ADDRESS_MASK};\n`);
  return `  // Below 2^30, as every address is: engines add to them faster when they know.\n${lines.join("")}`;
}

function printBody(body: readonly Stmt[], depth: number, printer: Printer): string {
  const indent = "  ".repeat(depth);
  return body.map((stmt) => indent + printStmt(stmt, depth, printer) + "\n").join("");
}

function printStmt(stmt: Stmt, depth: number, printer: Printer): string {
  switch (stmt.kind) {
    case "for": {
      const variable = printer.local(stmt.variable);
      const next = stmt.step === 1 ? `${variable}++` : `${variable} += ${stmt.step}`;
      const head = `for (let ${variable} = ${stmt.from}; ${variable} < ${stmt.to}; ${next}) {`;
      return `${head}\n${printBody(stmt.body, depth + 1, printer)}${"  ".repeat(depth)}}`;
    }
    case "let": {
      const word = stmt.mutable ? "let" : "const";
      const type = stmt.mutable && stmt.value.dtype === "bool" ? ": boolean" : "";
      return `${word} ${printer.local(stmt.register)}${type} = ${printValue(stmt.value, printer)};`;
    }
    case "assign":
      return printAssign(stmt, printer);
    case "store": {
      if (stmt.count !== undefined || stmt.value.lanes !== 1)
        throw new Error("the TypeScript target has no vectors to store");
      const element = printElement(stmt.memory, stmt.address, printer);
      return `${element} = ${printNumber(stmt.value, printer)};`;
    }
    default:
      return stmt satisfies never;
  }
}

/** acc = acc + x => acc += x, for f32, which does not wrap. */
function printAssign({ register, value }: Extract<Stmt, { kind: "assign" }>, printer: Printer) {
  const name = printer.local(register);
  const accumulates =
    value.kind === "binary" &&
    value.dtype === "f32" &&
    (value.op === "add" || value.op === "mul") &&
    value.left.kind === "register" &&
    value.left.name === register;
  if (!accumulates) return `${name} = ${printValue(value, printer)};`;
  return `${name} ${value.op === "add" ? "+" : "*"}= ${printValue(value.right, printer)};`;
}

interface Usage {
  readonly declared: Set<string>;
  readonly read: Set<string>;
  readonly arrays: Set<MemoryArray>;
}

/** Names that a body declares and reads, and the memory it touches. */
function usageOf(body: readonly Stmt[]): Usage {
  const usage: Usage = { declared: new Set(), read: new Set(), arrays: new Set() };
  const seen = new Set<Value>();
  const visit = (value: Value): void => {
    if (seen.has(value)) return;
    seen.add(value);
    if (value.kind === "register") usage.read.add(value.name);
    if (value.kind === "load") usage.arrays.add(arrayOf(value.memory));
    allOperands(value).forEach(visit);
  };
  const walk = (stmts: readonly Stmt[]): void => {
    for (const stmt of stmts) {
      if (stmt.kind === "for") {
        usage.declared.add(stmt.variable);
        walk(stmt.body);
        continue;
      }
      if (stmt.kind === "let") usage.declared.add(stmt.register);
      if (stmt.kind === "store") {
        usage.arrays.add(arrayOf(stmt.memory));
        visit(stmt.address);
      }
      visit(stmt.value);
    }
  };
  walk(body);
  return usage;
}
