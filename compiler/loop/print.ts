/** Writes Stmt as readable pseudo-code: what dumps and goldens of lowered kernels show, whatever the target. */
import { formatF32, formatNumber } from "../base/numbers.js";
import { printable } from "../base/error.js";
import { callText, operatorOf, PRECEDENCE, prefixOf } from "../compute/operators.js";
import type { Storage } from "./storage.js";
import type { KernelFunction, Stmt, Value } from "./stmt.js";

/**
 * One function. Vectors show as `f32x4`; `arena.f32x4[at]` is an access of elements, `[at, 3]` one of the
 * first three lanes, and `if c then a else b` evaluates one arm only.
 *
 *   kernel(x: arena f32, out: arena f32) { for ow = 0 to 8 step 4 { arena.f32x4[out + ow] = … } }
 */
export function printStmt(code: KernelFunction, name = "kernel"): string {
  const parameters = code.parameters.map(
    ({ name, dtype, space, perThread }) =>
      `${name}: ${space} ${dtype}${perThread === true ? " per thread" : ""}`,
  );
  const { tiles, stages = [] } = code;
  const from = stages.length === 0 ? "" : ` in stages from ${[0, ...stages].join(", ")}`;
  if (tiles !== undefined) parameters.push(`tiles begin to end of ${tiles}${from}`);
  return [
    `// ${printable(code.summary)}`,
    `${name}(${parameters.join(", ")}) {`,
    ...printBody(code.body, "  "),
    "}\n",
  ].join("\n");
}

function printBody(body: readonly Stmt[], indent: string): string[] {
  return body.flatMap((stmt) => printStep(stmt, indent));
}

function printStep(stmt: Stmt, indent: string): string[] {
  switch (stmt.kind) {
    case "for": {
      const { variable, from, to, step, tiles } = stmt;
      const by = step === 1 ? "" : ` step ${step}`;
      const each = tiles?.each === undefined ? "" : ` by ${tiles.each}`;
      const parallel = tiles === undefined ? "" : `parallel from tile ${tiles.first}${each} `;
      return [
        `${indent}${parallel}for ${variable} = ${from} to ${to}${by} {`,
        ...printBody(stmt.body, `${indent}  `),
        `${indent}}`,
      ];
    }
    case "let": {
      const { register, mutable, value } = stmt;
      const word = mutable ? "var" : "let";
      return [`${indent}${word} ${register}: ${typeText(value)} = ${printValue(value)}`];
    }
    case "assign":
      return [`${indent}${stmt.register} = ${printValue(stmt.value)}`];
    case "store": {
      const { memory, address, value, count } = stmt;
      const place = access(
        memory.space,
        typeText({ ...memory, lanes: value.lanes }),
        address,
        count,
      );
      return [`${indent}${place} = ${printValue(value)}`];
    }
    default:
      return stmt satisfies never;
  }
}

/** f32, f32x4 */
function typeText({ dtype, lanes }: { readonly dtype: Storage; readonly lanes: number }): string {
  return lanes === 1 ? dtype : `${dtype}x${lanes}`;
}

function access(space: string, type: string, address: Value, count: number | undefined): string {
  const lanes = count === undefined ? "" : `, ${count}`;
  return `${space}.${type}[${printValue(address)}${lanes}]`;
}

/** A value, in parentheses where it binds more loosely than `tightness`. */
function printValue(value: Value, tightness = 0): string {
  const wrap = (text: string, precedence: number): string =>
    precedence < tightness ? `(${text})` : text;
  const inner = (operand: Value): string => printValue(operand);
  switch (value.kind) {
    case "constant":
      return constantText(value);
    case "register":
      return value.name;
    case "load":
      return access(
        value.memory.space,
        typeText({ ...value.memory, lanes: value.lanes }),
        value.address,
        value.count,
      );
    case "unary": {
      const symbol = prefixOf(value.op, value.operand.kind === "constant");
      if (symbol === undefined) return callText(value.op, [inner(value.operand)]);
      return wrap(`${symbol}${printValue(value.operand, PRECEDENCE.unary)}`, PRECEDENCE.unary);
    }
    case "binary": {
      const difference = asDifference(value);
      if (difference !== undefined) return printValue(difference, tightness);
      const operator = operatorOf(value.op);
      if (operator === undefined)
        return callText(value.op, [inner(value.left), inner(value.right)]);
      const { symbol, precedence, left, right } = operator;
      const text = `${printValue(value.left, left)} ${symbol} ${printValue(value.right, right)}`;
      return wrap(text, precedence);
    }
    case "cast":
      return callText(typeText(value), [inner(value.operand)]);
    case "select":
      return callText("select", [value.condition, value.then, value.otherwise].map(inner));
    case "guard": {
      const [condition, then, otherwise] = [value.condition, value.then, value.otherwise].map(
        inner,
      );
      return wrap(`if ${condition!} then ${then!} else ${otherwise!}`, PRECEDENCE.lowest);
    }
    case "splat":
      return callText(typeText(value), [inner(value.operand)]);
    case "build":
      return `[${value.operands.map(inner).join(", ")}]`;
    case "dot":
      return callText("dot", [inner(value.left), inner(value.right)]);
    case "shuffle":
      return callText("shuffle", [
        inner(value.left),
        inner(value.right),
        ...value.picks.map(String),
      ]);
    case "extract":
      return `${printValue(value.operand, PRECEDENCE.primary)}[${value.lane}]`;
    case "mask":
      return callText("mask", [inner(value.operand), `${value.count}`, formatNumber(value.fill)]);
    case "reduce":
      return callText(`fold.${value.combine}`, [inner(value.operand)]);
    default:
      return value satisfies never;
  }
}

/** x + −3 => x − 3 */
function asDifference({
  op,
  right,
  ...rest
}: Extract<Value, { kind: "binary" }>): Value | undefined {
  if (op !== "add" || right.kind !== "constant" || !(right.value < 0)) return undefined;
  return { ...rest, op: "sub", right: { ...right, value: -right.value } };
}

function constantText(value: Extract<Value, { kind: "constant" }>): string {
  const number = value.dtype === "f32" ? formatF32(value.value) : formatNumber(value.value);
  return value.lanes === 1 ? number : callText(typeText(value), [number]);
}
