/** Runs of an emitted module allocate nothing, whatever is fed back: measured in a process of its own. */
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { lenet5 } from "../../examples/lenet5/model.js";
import { compile } from "../../compiler/compile.js";
import { writeFiles } from "../../compiler/emit/writeFiles.js";
import type { Definition } from "../../compiler/graph/definition.js";
import { image, type ImageOptions } from "../../compiler/frontend/preparation/image/spec.js";
import { model, relu } from "../../compiler/frontend/builder/index.js";
import { TARGET_NAMES } from "../../compiler/targets/index.js";
import { parseDefinition } from "../../compiler/graph/text/parse.js";

interface Case {
  readonly title: string;
  readonly definition: Definition;
  /** As source. */
  readonly inputs: string;
  readonly runs: number;
  /** How long runs are not counted, 600 by default: on a machine that others use compilers take their time. */
  readonly warmMs?: number;
}

/** Every element type goes in or out, so that every way of copying is measured. */
const TEXT = `model many(%x: f32[8,8], %n: i64[16], %m: u8[16]) {
  %y = matmul(%x, @w) {axis=1}
  %s = softmax(%y) {axis=1}
  %positive = greater(%y, @zero)
  %sum = add(%n, %n)
  %bytes = concat(%m, %m) {axis=0}
  return soft = %s, positive = %positive, sum = %sum, bytes = %bytes
}
@w : f32[8,8] = seed 3 center 0 spread 0.5
@zero : f32[] = [0]
`;

/** A state that comes back as the array that it went out as. */
const CELL = `model cell(%frame: f32[1,4], %state: f32[1,4], %count: i64[2]) {
  %sum = add(%frame, %state)
  %next = tanh(%sum)
  %more = neg(%count)
  return state = %next, count = %more
}
`;

/** Resized from a picture of one size, or of any. */
const prepared = (options: ImageOptions): Definition =>
  model("picture", { photo: { dims: [1, 3, 24, 24], prepare: image(options) } }, ({ photo }) => ({
    y: relu(photo),
  }));

const CASES: readonly Case[] = [
  {
    title: "a thousand pictures of one size",
    definition: prepared({ size: [30, 20], rule: "pil", order: "bgr" }),
    inputs: "{ photo: { data: new Uint8ClampedArray(30 * 20 * 4), width: 20, height: 30 } }",
    runs: 1000,
  },
  {
    title: "a thousand pictures of any size",
    definition: prepared({ size: { upTo: [40, 50] }, fit: "letterbox" }),
    inputs: "{ photo: { data: new Uint8ClampedArray(30 * 20 * 4), width: 20, height: 30 } }",
    runs: 1000,
    // Many kernels, of which engines come late to the last; until then they box numbers.
    warmMs: 2000,
  },
  {
    title: "a thousand runs of every element type",
    definition: parseDefinition(TEXT),
    inputs:
      "{ x: new Float32Array(64).fill(0.5), n: new BigInt64Array(16), m: new Uint8Array(16) }",
    runs: 1000,
  },
  {
    title: "a thousand runs of a whole network",
    definition: lenet5(),
    inputs: "{ image: new Float32Array(28 * 28).fill(0.5) }",
    runs: 1000,
  },
  {
    title: "a hundred thousand steps of a cell",
    definition: parseDefinition(CELL),
    inputs:
      "{ frame: new Float32Array(4).fill(0.5), state: new Float32Array(4), count: new BigInt64Array(2) }",
    runs: 100_000,
  },
];

/**
 * Prints how many bytes the heap grew over the runs, how many the process, and whether a collection hid some.
 * Engines allocate now and then while they compile, runs would each time: the least of several counts.
 */
const script = ({
  inputs,
  runs,
  warmMs = 600,
}: Case): string => `import { PerformanceObserver } from "node:perf_hooks";
import { load } from "./model.js";
let collections = 0;
new PerformanceObserver((list) => (collections += list.getEntries().length)).observe({ entryTypes: ["gc"] });
const model = await load();
const inputs = ${inputs};
const garbage = process.argv[2] === "garbage";
const kept = [];
const runs = () => {
  for (let i = 0; i < ${runs}; i++) {
    const outputs = model.run(inputs);
    for (const name in outputs) if (name in inputs) inputs[name] = outputs[name];
    if (garbage) kept[i & 7] = [i];
  }
};
const warm = performance.now();
do runs(); while (performance.now() - warm < ${warmMs});
await new Promise((resolve) => setTimeout(resolve, 100));
globalThis.gc();
await new Promise((resolve) => setTimeout(resolve, 100));
collections = 0;
runs();
const first = process.memoryUsage();
let grown = Infinity;
for (let i = 0; i < 3; i++) {
  const before = process.memoryUsage().heapUsed;
  runs();
  grown = Math.min(grown, process.memoryUsage().heapUsed - before);
}
const last = process.memoryUsage();
await new Promise((resolve) => setTimeout(resolve, 50));
console.log(JSON.stringify({ grown, collections, process: last.rss - first.rss, external: last.external - first.external }));
`;

interface Growth {
  readonly grown: number;
  readonly collections: number;
  readonly process: number;
  readonly external: number;
}

async function measure(folder: string, mode: string): Promise<Growth> {
  const args = ["--expose-gc", join(folder, "measure.mjs"), mode];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  return JSON.parse(stdout) as Growth;
}

/** Growth within what the measurement itself takes, a few kilobytes: one small object a run would take 16 bytes. */
function isClean({ collections, grown, external, process }: Growth, { runs }: Case): boolean {
  // A page now and then, for code that an engine compiles: a kilobyte a run would be three times as much.
  return collections === 0 && grown < runs * 8 && external < runs * 8 && process < runs * 1024;
}

const MOST_MEASURES = 4;

/** A clean measure if there is one of a few: engines collect for what they compile now and then, garbage is there each time. */
async function cleanest(folder: string, one: Case): Promise<Growth> {
  let growth = await measure(folder, "clean");
  for (let i = 1; i < MOST_MEASURES && !isClean(growth, one); i++)
    growth = await measure(folder, "clean");
  return growth;
}

describe.each(CASES)("$title", (one) => {
  it.each(TARGET_NAMES)("allocate nothing, %s", async (target) => {
    const folder = await mkdtemp(join(tmpdir(), "allocation-"));
    try {
      const { files } = await compile(one.definition, {
        target,
        name: "model",
        standalone: true,
        js: true,
      });
      await writeFiles(folder, [
        ...files,
        { path: "package.json", content: '{ "type": "module" }' },
      ]);
      await writeFile(join(folder, "measure.mjs"), script(one));
      const clean = await cleanest(folder, one);
      expect(clean).toSatisfy((growth: Growth) => isClean(growth, one));
      const dirty = await measure(folder, "garbage");
      expect(dirty).toSatisfy(
        ({ collections, grown }: Growth) => collections > 0 || grown >= one.runs * 16,
      );
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
