/** Compiles LeNet-5 with trained weights, type-checks the module, and reads 500 handwritten digits with it. */
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { fileURLToPath, pathToFileURL } from "node:url";
import ts from "typescript";
import { compile, readNpy, readSafetensors, withWeights, writeFiles } from "tilewright";
import lenet5 from "./model.js";

const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const outFolder = here("../../out/lenet5/");

interface Lenet5 {
  run(inputs: { readonly image: Float32Array }): { readonly logits: Float32Array };
}

/** Diagnostics of the emitted module under --strict, as text. */
function typeCheck(path: string): string {
  const program = ts.createProgram([path], {
    strict: true,
    noUnusedLocals: true,
    noUnusedParameters: true,
    noEmit: true,
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    skipLibCheck: true,
  });
  return ts
    .getPreEmitDiagnostics(program)
    .map((one) => ts.flattenDiagnosticMessageText(one.messageText, "\n"))
    .join("\n");
}

/** 28×28 values 0…1 as 14 lines of half-block characters, two rows a line. */
function picture(image: Float32Array): string[] {
  const on = (row: number, column: number): boolean => image[row * 28 + column]! > 0.4;
  const mark = (top: boolean, bottom: boolean): string =>
    top ? (bottom ? "█" : "▀") : bottom ? "▄" : " ";
  return Array.from({ length: 14 }, (_, line) =>
    Array.from({ length: 28 }, (_, column) =>
      mark(on(2 * line, column), on(2 * line + 1, column)),
    ).join(""),
  );
}

function largest(values: Float32Array): number {
  return values.reduce((best, value, i) => (value > values[best]! ? i : best), 0);
}

const trained = withWeights(lenet5, readSafetensors(readFileSync(here("lenet5.safetensors"))));
const { files, report } = await compile(trained, { weights: "file" });
await writeFiles(outFolder, files);
const problems = typeCheck(`${outFolder}lenet5.ts`);
if (problems !== "") throw new Error(`the emitted module does not type-check:\n${problems}`);

const { load } = (await import(pathToFileURL(`${outFolder}lenet5.ts`).href)) as {
  load(): Promise<Lenet5>;
};
const network = await load();
const images = readNpy(readFileSync(here("images.npy"))).data as Float32Array;
const labels = readNpy(readFileSync(here("labels.npy"))).data as Float32Array;
const reference = readNpy(readFileSync(here("logits.npy"))).data as Float32Array;

const count = labels.length;
const pixels = 28 * 28;
const shown: string[][] = [];
let right = 0;
let worst = 0;
const times: number[] = [];
for (let i = 0; i < count; i++) {
  const image = images.slice(i * pixels, (i + 1) * pixels).map((value) => value / 255);
  const start = performance.now();
  const { logits } = network.run({ image });
  times.push(performance.now() - start);
  const digit = largest(logits);
  if (digit === labels[i]) right++;
  logits.forEach((value, k) => (worst = Math.max(worst, Math.abs(value - reference[i * 10 + k]!))));
  if (shown.length < 3)
    shown.push([...picture(image), `read as ${digit}, is ${labels[i]}`.padEnd(28)]);
}

for (let line = 0; line < 15; line++) console.log(shown.map((lines) => lines[line]).join("  "));
times.sort((a, b) => a - b);
/** What the module needs of the runtime: a module that stands alone has it in itself. */
const [plain, alone] = await Promise.all(
  [false, true].map(async (standalone) => {
    const { files } = await compile(trained, { weights: "file", js: true, standalone });
    return gzipSync(files[0]!.content).length;
  }),
);
const runtimeBytes = alone! - plain!;
console.log(`${right} of ${count} right`);
console.log(`largest difference from PyTorch's logits: ${worst.toExponential(2)}`);
console.log(`median time per image: ${times[count >> 1]!.toFixed(2)} ms`);
for (const { path, bytes } of report.files) console.log(`${path}: ${bytes} bytes`);
console.log(`runtime: ${runtimeBytes} bytes gzipped; arena: ${report.arenaBytes} bytes`);
if (right !== 495 || worst > 1e-4) process.exitCode = 1;
