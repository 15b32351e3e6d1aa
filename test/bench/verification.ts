/**
 * What checking weights and WebAssembly costs of the time from import to first result, in fresh processes by turns:
 * `node --import jiti/register test/bench/verification.ts [network …] [--pairs N] [--cpu-time]`.
 */
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs, promisify } from "node:util";
import { compile } from "../../compiler/compile.js";
import { writeFiles } from "../../compiler/emit/writeFiles.js";
import { elementCount } from "../../compiler/base/tensor.js";
import { TARGET_NAMES, type TargetName } from "../../compiler/targets/index.js";
import { networks } from "../../examples/index.js";
import { quantile } from "./statistics.js";

const { values, positionals } = parseArgs({
  options: {
    pairs: { type: "string", default: "21" },
    "cpu-time": { type: "boolean", default: false },
  },
  allowPositionals: true,
});
const pairs = Number(values.pairs);
const names = positionals.length === 0 ? ["lenet5", "mobilenet_v2", "resnet50"] : positionals;
const clock = values["cpu-time"] ? "cpu" : "wall";
const script = fileURLToPath(new URL("startup/checked.mjs", import.meta.url));

/** Milliseconds from import to first result, of the clock. */
async function runFresh(folder: string, mode: "verify" | "trust"): Promise<number> {
  const { stdout } = await promisify(execFile)(process.execPath, [script, folder, mode, clock]);
  const { load, first } = JSON.parse(stdout) as { readonly load: number; readonly first: number };
  return load + first;
}

async function measure(name: string, target: TargetName): Promise<string> {
  const definition = networks.find((one) => one.name === name)!.create();
  const folder = await mkdtemp(join(tmpdir(), "verification-"));
  try {
    const emission = { target, standalone: true, js: true, name: "model" } as const;
    const { files, program } = await compile(definition, { ...emission, weights: "file" });
    const ports = program.inputs.map((port) => ({
      name: port.name,
      length: elementCount(port.type.dims),
    }));
    await writeFiles(folder, files);
    await writeFile(join(folder, "inputs.json"), JSON.stringify(ports));
    await writeFile(join(folder, "package.json"), '{ "type": "module" }\n');
    // Once before anything counts: files come from the page cache then.
    await runFresh(folder, "verify");
    const times: (readonly [number, number])[] = [];
    for (let pair = 0; pair < pairs; pair++) {
      const first = await runFresh(folder, pair % 2 === 0 ? "verify" : "trust");
      const second = await runFresh(folder, pair % 2 === 0 ? "trust" : "verify");
      times.push(pair % 2 === 0 ? [first, second] : [second, first]);
    }
    return lineOf(name, target, times);
  } finally {
    await rm(folder, { recursive: true });
  }
}

function lineOf(
  name: string,
  target: TargetName,
  times: readonly (readonly [number, number])[],
): string {
  const of = (fraction: number, side: 0 | 1): number =>
    quantile(
      times.map((pair) => pair[side]),
      fraction,
    );
  const more = quantile(
    times.map(([checked, trusted]) => checked - trusted),
    0.5,
  );
  const percent = (part: number, whole: number): string => `${((100 * part) / whole).toFixed(1)} %`;
  const [least, leastTrusted] = [of(0, 0), of(0, 1)];
  return [
    `${name}, ${target}, ${times.length} pairs: median ${of(0.5, 1).toFixed(1)} ms, checked ${more.toFixed(2)} ms more (${percent(more, of(0.5, 1))})`,
    `least ${leastTrusted.toFixed(1)} ms, checked ${(least - leastTrusted).toFixed(2)} ms more (${percent(least - leastTrusted, leastTrusted)})`,
  ].join("; ");
}

for (const name of names)
  for (const target of TARGET_NAMES) console.log(await measure(name, target));
