/** Prints a KernelFunction as a function of portable C. */
import { createLocals } from "../../../compiler/emit/locals.js";
import type { KernelFunction, Stmt } from "../../../compiler/loop/stmt.js";
import { createRanges } from "../../../compiler/targets/range.js";
import { withoutUnused } from "../../../compiler/targets/unused.js";
import { TAKEN } from "./prelude.js";
import { printElement, printValue, TYPES, type Printer } from "./printValue.js";

/** Element addresses are its parameters; it reads and writes `arena`, and reads `weights`. */
export function printFunction(name: string, original: KernelFunction): string {
  const code = withoutUnused(original);
  const parameters = code.parameters.map((parameter) => parameter.name);
  const local = createLocals([...parameters, ...declared(code.body)], TAKEN);
  const printer: Printer = { ranges: createRanges(parameters, code.body), local };
  const list = parameters.map((parameter) => `int32_t ${local(parameter)}`).join(", ") || "void";
  const body = printBody(code.body, 1, printer);
  return `/* ${inBlock(code.summary)} */\nstatic void ${name}(${list}) {\n${body}}\n`;
}

/** Text that can neither end a comment nor look like the beginning of one. */
export function inBlock(text: string): string {
  return text.replace(/\*\//g, "* /").replace(/\/\*/g, "/ *").replace(/\?\?/g, "? ?");
}

function declared(body: readonly Stmt[]): string[] {
  return body.flatMap((stmt) => {
    if (stmt.kind === "for") return [stmt.variable, ...declared(stmt.body)];
    return stmt.kind === "let" ? [stmt.register] : [];
  });
}

function printBody(body: readonly Stmt[], depth: number, printer: Printer): string {
  return body.map((stmt) => `${"  ".repeat(depth)}${printStmt(stmt, depth, printer)}\n`).join("");
}

function printStmt(stmt: Stmt, depth: number, printer: Printer): string {
  switch (stmt.kind) {
    case "for": {
      const i = printer.local(stmt.variable);
      const head = `for (int32_t ${i} = ${stmt.from}; ${i} < ${stmt.to}; ${i} += ${stmt.step}) {`;
      return `${head}\n${printBody(stmt.body, depth + 1, printer)}${"  ".repeat(depth)}}`;
    }
    case "let": {
      const type = `${stmt.mutable ? "" : "const "}${TYPES[stmt.value.dtype]}`;
      return `${type} ${printer.local(stmt.register)} = ${printValue(stmt.value, printer)};`;
    }
    case "assign":
      return `${printer.local(stmt.register)} = ${printValue(stmt.value, printer)};`;
    case "store": {
      const element = printElement(stmt.memory, stmt.address, printer);
      return `${element} = ${printValue(stmt.value, printer)};`;
    }
    default:
      return stmt satisfies never;
  }
}
