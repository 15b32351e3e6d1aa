/** `tilewright verify`: runs models on recorded inputs and compares what comes out with recorded outputs. */
import { existsSync } from "node:fs";
import { fail, printable, shortened } from "../base/error.js";
import { formatNumber } from "../base/numbers.js";
import { formatCulprit } from "../golden/bisect.js";
import { ONNX_TOLERANCE } from "../golden/compareTensors.js";
import { BUDGET_OPTION, budgetOf, passNames, targetOf } from "../project/modelOptions.js";
import { CHOICE_OPTIONS, choicesOf } from "../project/choices.js";
import { formatArithmeticCost } from "../golden/arithmeticCost.js";
import { formatCost } from "../golden/weightsCost.js";
import { counted, isSet, oneText, type Given } from "../project/given.js";
import type { Verb } from "./verb.js";
import { folderOf, verifyFolder, type FolderResult } from "./verifyFolder.js";

export const verify: Verb = {
  name: "verify",
  argument: "<...dirs>",
  description: "Compares models with recorded outputs, in folders of ONNX's test layout",
  options: [
    ["--update", "Records what comes out instead of comparing it"],
    [
      "--bisect",
      "Finds the first node whose value is wrong; with --update, records the value of every node",
    ],
    ["--json", "Prints { cases: [{ dir, status, maxError, reason }] } as JSON"],
    [
      "--rtol <number>",
      `Allowed error relative to each element; ${ONNX_TOLERANCE.rtol} by default`,
    ],
    ["--atol <number>", `Allowed error of any element; ${ONNX_TOLERANCE.atol} by default`],
    ["--target <name>", "What to compile for"],
    ["--disable <pass>", "Leaves a pass out (repeatable)"],
    ...CHOICE_OPTIONS,
    BUDGET_OPTION,
  ],
  async run(first, given, { stdout, stderr, terminal }, others) {
    const dirs = [first, ...others].map(folderOf);
    const missing = dirs.filter((dir) => !existsSync(dir));
    if (missing.length > 0) fail("usage", `there is no folder '${missing.join("', '")}'`);
    const options = optionsOf(given);
    const results: FolderResult[] = [];
    for (const dir of dirs) {
      if (terminal) stderr(`\r\u001b[2K${printable(dir)} …`);
      results.push(await verifyFolder(dir, options));
    }
    if (terminal) stderr("\r\u001b[2K");
    stdout(isSet(given, "json") ? jsonReport(results) : textReport(results));
    return results.every(({ status }) => status === "pass") ? 0 : 1;
  },
};

function optionsOf(given: Given) {
  return {
    tolerance: {
      rtol: numberOf(given, "rtol") ?? ONNX_TOLERANCE.rtol,
      atol: numberOf(given, "atol") ?? ONNX_TOLERANCE.atol,
    },
    update: isSet(given, "update"),
    bisect: isSet(given, "bisect"),
    plan: {
      target: targetOf(given),
      disable: passNames(given),
      budget: budgetOf(given),
      ...choicesOf(given),
    },
  };
}

function numberOf(given: Given, name: string): number | undefined {
  const text = oneText(given, name);
  if (text === undefined) return undefined;
  const value = Number(text);
  if (text.trim() === "" || !(value >= 0))
    fail("usage", `--${name} must be a number that is not negative, not '${text}'`);
  return value;
}

/** NaN and Infinity, which JSON has not, are null. */
function jsonReport(results: readonly FolderResult[]): string {
  const cases = results.map(({ dir, status, maxError, costs, reason, culprit, ...more }) => ({
    dir,
    status,
    maxError: Number.isFinite(maxError) ? maxError : null,
    costs,
    reason,
    culprit,
    ...more,
  }));
  return `${JSON.stringify({ cases }, undefined, 2)}\n`;
}

function textReport(results: readonly FolderResult[]): string {
  const width = Math.max(...results.map(({ dir }) => printable(dir).length));
  const rows = results.flatMap((result) => {
    const { dir, status, maxError, recorded } = result;
    const error = maxError === undefined ? "" : `  largest error ${formatError(maxError)}`;
    const word = recorded === undefined ? status : "recorded";
    return [`${printable(dir).padEnd(width)}  ${word}${error}`.trimEnd(), ...detailsOf(result)];
  });
  const passed = results.filter(({ status }) => status === "pass").length;
  const errors = results.map(({ maxError = 0 }) => maxError);
  const total = `${passed} of ${counted(results.length, "case")} passed, largest error ${formatError(Math.max(...errors))}`;
  return `${[...rows, total].join("\n")}\n`;
}

function detailsOf(result: FolderResult): string[] {
  const { reason, culprit, recorded = [], costs = [], arithmetic } = result;
  const found = culprit && [formatCulprit(culprit), culprit.reason];
  const lines = [
    ...(reason?.split("\n") ?? []),
    ...(found ?? []),
    ...recorded,
    ...costs.map(formatCost),
    ...(arithmetic === undefined
      ? []
      : ["against f32, on these inputs:", ...formatArithmeticCost(arithmetic)]),
  ];
  return lines.map((line) => `    ${printable(shortened(line, LONGEST))}`);
}

/** Names and types in a line come from files. */
const LONGEST = 1200;

function formatError(error: number): string {
  return Number.isFinite(error) ? String(Number(error.toPrecision(3))) : formatNumber(error);
}
