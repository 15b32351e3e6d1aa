/** What quantising a network costs, in words. */
import { printable } from "../base/error.js";
import type { Agreement } from "../golden/agreement.js";
import type { LayerCost, NetworkCost, QuantizationReport } from "../quantize/report.js";
import { counted } from "../project/given.js";

export function quantizationText(report: QuantizationReport): string {
  const { samples, network, layers, kept, proposal, bytes } = report;
  const lines = [
    `${counted(samples.calibration, "sample")} for scales (${report.method}), figures of ${FROM[samples.from](samples.test)}`,
    "",
    ...table([HEADINGS, ...layers.map(rowOf)]),
    "",
    ...networkLines(network),
    ...(kept.length > 0 ? [`in f32: ${kept.join(", ")}`] : []),
    `${bytes.quantized} bytes, ${percent(bytes.quantized, bytes.f32)} of ${bytes.f32} with f32 weights`,
  ];
  if (proposal !== undefined) {
    const flags = proposal.keep.map((name) => `--keep ${name}`).join(" ");
    const before = `with ${flags} it would be (${proposal.bytes} bytes, ${percent(proposal.bytes, bytes.f32)})`;
    lines.push("", before, ...networkLines(proposal.cost).map((line) => `  ${line}`));
  }
  return `${lines.map((line) => printable(line)).join("\n")}\n`;
}

const FROM = {
  "held-back": (count: number) => `${counted(count, "other sample")}`,
  "test-data": (count: number) => `${counted(count, "sample")} of --test-data`,
  calibration: (count: number) => `the same ${count}, as none was held back`,
} as const;

const HEADINGS = ["layer", "op", "range", "alone", "in the network"];

function rowOf({ name, op, range, alone, inNetwork }: LayerCost): string[] {
  const ends = range === undefined ? "f32" : `${short(range.low)} … ${short(range.high)}`;
  return [name, op, ends, alone === undefined ? "" : decibels(alone), decibels(inNetwork)];
}

/** Columns of texts, the last two to the right. */
function table(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows.map((row) =>
    row
      .map((cell, i) => (i > 2 ? cell.padStart(widths[i]!) : cell.padEnd(widths[i]!)))
      .join("  ")
      .trimEnd(),
  );
}

function networkLines({ outputs, labels }: NetworkCost): string[] {
  const lines = outputs.flatMap((output) => {
    const { name, relative, classes } = output;
    const line = `${name}: signal to noise ${decibels(output)}, largest error ${short(100 * relative)} % of its rms`;
    if (classes === undefined) return [line];
    const { vectors, top1, top5 } = classes;
    const five = top5 === undefined ? "" : `, the same first five in ${top5}`;
    return [
      line,
      `  the same first answer in ${top1} of ${vectors} (${percent(top1, vectors)})${five}`,
    ];
  });
  if (labels === undefined) return lines;
  const { samples, f32, quantized } = labels;
  return [...lines, `${quantized} of ${samples} right, ${f32} in f32`];
}

function decibels({ signalToNoise }: Agreement): string {
  return Number.isFinite(signalToNoise)
    ? `${signalToNoise.toFixed(1)} dB`
    : signalToNoise > 0
      ? "exact"
      : "none";
}

function percent(part: number, whole: number): string {
  return `${Number(((100 * part) / whole).toFixed(1))} %`;
}

function short(value: number): string {
  return String(Number(value.toPrecision(3)));
}
