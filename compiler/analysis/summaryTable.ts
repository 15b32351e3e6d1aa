/** A summary as a table, and its columns: what a terminal and the page of a report show of each layer. */
import type { Summary, SummaryRow } from "./summary.js";

export interface SummaryColumn {
  readonly title: string;
  /** Numbers stand right. */
  readonly numeric?: true;
  readonly textOf: (row: SummaryRow) => string;
}

/** Of the first input that a layer sees. */
function along({ receptiveFields: [field] }: SummaryRow, of: "size" | "stride" | "start"): string {
  return (field?.axes ?? []).map((axis) => Number(axis[of].toFixed(3))).join("×");
}

const grouped = (value: number): string => value.toLocaleString("en-US");

export const SUMMARY_COLUMNS: readonly SummaryColumn[] = [
  { title: "layer", textOf: ({ name }) => name },
  { title: "op", textOf: ({ op }) => op },
  { title: "shape", textOf: ({ dims }) => dims.join("×") },
  { title: "parameters", numeric: true, textOf: (row) => grouped(row.parameters) },
  { title: "multiply-adds", numeric: true, textOf: (row) => grouped(row.multiplyAdds) },
  { title: "receptive field", textOf: (row) => along(row, "size") },
  { title: "stride", textOf: (row) => along(row, "stride") },
  { title: "start", textOf: (row) => along(row, "start") },
];

/** The summary as a table; columns are as wide as they need to be. */
export function printSummary(summary: Summary): string {
  const rows = [
    SUMMARY_COLUMNS.map(({ title }) => title),
    ...summary.layers.map((row) => SUMMARY_COLUMNS.map(({ textOf }) => textOf(row))),
  ];
  const widths = SUMMARY_COLUMNS.map((_, i) =>
    rows.reduce((width, row) => Math.max(width, row[i]!.length), 0),
  );
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, i) =>
        SUMMARY_COLUMNS[i]!.numeric ? cell.padStart(widths[i]!) : cell.padEnd(widths[i]!),
      )
      .join("  ")
      .trimEnd();
  const number = (value: number): string => value.toLocaleString("en-US");
  return [
    ...rows.map(line),
    "",
    `parameters: ${number(summary.parameters)}`,
    `multiply-adds: ${number(summary.multiplyAdds)} (convolution and linear: ${number(summary.multiplyAddsWithWeights)})`,
    `FLOPs (2 × multiply-adds): ${number(summary.flops)}`,
    `activations: ${number(summary.activationBytes.total)} bytes in all, ${number(summary.activationBytes.peak)} at once`,
  ].join("\n");
}
