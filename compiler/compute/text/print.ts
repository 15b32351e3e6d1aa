/** Writes a Kernel as text: what dumps show, and tests read back. */
import { formatElement } from "../../base/numbers.js";
import { quoteName } from "../../base/quote.js";
import { formatType, type Tensor } from "../../base/tensor.js";
import type { Axis, Compute, Kernel, KernelInput } from "../ir.js";
import { createExprPrinter, indexText, type Binding } from "./printExpr.js";
import { nameText } from "./token.js";

const WIDTH = 100;

export interface PrintOptions {
  /** Tables of more elements are left out; reading them back takes a map of their values. */
  readonly elide?: number;
}

/**
 * A kernel as text. Subexpressions that several places share by reference are named once, after `with`.
 *
 *   kernel(x: f32[1,3,8,8], w: f32[4,3,3,3], bias: f32[4]) -> f32[1,4,8,8] {
 *     out[n, oc, oh, ow] for n < 1, oc < 4, oh < 8, ow < 8
 *       = sum ic < 3, kh < 3, kw < 3 from bias[oc]
 *         of x[n, ic, oh + kh - 1, ow + kw - 1 boundary 0.0] * w[oc, ic, kh, kw]
 *       then max(acc, 0.0)
 *   }
 */
export function printKernel(kernel: Kernel, { elide = Infinity }: PrintOptions = {}): string {
  const lines = [
    headerText(kernel),
    ...kernel.constants.flatMap(({ name, value }) => tableLines(name, value, elide)),
    ...kernel.temporaries.map(({ name, dtype, dims }) => {
      const dimensions = dims.length === 0 ? "" : `[${dims.join(",")}]`;
      return `  let ${nameText(name)}: ${dtype}${dimensions}`;
    }),
    ...(kernel.outer.length === 0 ? [] : [`  outer ${axesText(kernel.outer)}`]),
    ...kernel.computes.flatMap((compute) => computeLines(compute)),
    "}\n",
  ];
  return lines.join("\n");
}

function headerText({ inputs, output }: Kernel): string {
  const parts = inputs.map(inputText);
  const result = `-> ${formatType(output)} {`;
  const line = `kernel(${parts.join(", ")}) ${result}`;
  if (line.length <= WIDTH) return line;
  return ["kernel(", ...parts.map((part) => `  ${part},`), `) ${result}`].join("\n");
}

/** `x: f32[2]`, `w: constant f32[2]`, `%conv1 as x: f32[2]`; an input whose name is its operand says it once. */
function inputText({ name, operand, type, constant }: KernelInput): string {
  const as = operand === undefined || operand === name ? "" : ` as ${quoteName(operand)}`;
  const same = constant === true ? "constant " : "";
  return `${nameText(name)}${as}: ${same}${formatType(type)}`;
}

function tableLines(name: string, { type, data }: Tensor, elide: number): string[] {
  const head = `  table ${nameText(name)}: ${formatType(type)} =`;
  if (data.length > elide) return [`${head} elided`];
  const values = Array.from({ length: data.length }, (_, i) => formatElement(data, i));
  const line = `${head} [${values.join(", ")}]`;
  if (line.length <= WIDTH) return [line];
  return [`${head} [`, ...wrapped(values, "    "), "  ]"];
}

/** Items with commas in lines of limited width. */
function wrapped(items: readonly string[], indent: string): string[] {
  const lines: string[] = [];
  let line = indent;
  for (const item of items) {
    if (line !== indent && line.length + item.length + 2 > WIDTH) {
      lines.push(line.trimEnd());
      line = indent;
    }
    line += `${item}, `;
  }
  return [...lines, line.trimEnd()];
}

function axesText(axes: readonly Axis[]): string {
  return axes.map(({ name, extent }) => `${name} < ${extent}`).join(", ");
}

function computeLines(compute: Compute): string[] {
  const { target, scan, axes, reduce, combine, init, body, epilogue } = compute;
  const roots = [init, body, epilogue].filter((expr) => expr !== undefined);
  const printer = createExprPrinter(roots);
  // What it shares with others stands before their names.
  const inline = createExprPrinter([]);
  const index = compute.index.map((one) => indexText(one, inline.text)).join(", ");
  const over = axes.length === 0 ? "" : ` for ${axesText(axes)}`;
  const within = scan === undefined ? "" : ` scan ${axesText(scan)}`;
  const lines = [`  ${nameText(target)}[${index}]${within}${over}`];
  lines.push(...printer.before.map(bindingLine));
  if (combine === undefined) lines.push(`    = ${printer.text(body)}`);
  else {
    const along = reduce.length === 0 ? "" : ` ${axesText(reduce)}`;
    const from = init === undefined ? "" : ` from ${printer.text(init)}`;
    lines.push(`    = ${combine}${along}${from}`, `      of ${printer.text(body)}`);
  }
  lines.push(...printer.after.map(bindingLine));
  if (epilogue !== undefined) lines.push(`    then ${printer.text(epilogue)}`);
  return lines;
}

function bindingLine({ name, text }: Binding): string {
  return `    with ${name} = ${text}`;
}
