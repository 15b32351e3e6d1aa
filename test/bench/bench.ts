/**
 * `npm run bench`: what Tilewright's modules do against other engines on the same models, one thread each.
 * `--json` prints the same as JSON; `--suite` keeps the suite of that name, `--case TEXT` and `--peer TEXT` the cases
 * and peers whose names contain the text. The suite `startup` measures fresh processes and their memory, and `threads`,
 * which runs only where it is named, two threads and what starting workers takes. `--cpu-time` counts what
 * the process computes instead of what passes on the wall: for a machine that others use as well. `--wide` joins
 * neighbouring vectors in all engines, and our code is written for that. `--weights-type int8` has weights of int8 in
 * engines that have such, beside our own with f32. In the suite `integers`, `--arithmetic auto` is what is measured
 * instead of `int8`, and `--no-vnni` does without the instructions that multiply four bytes at once, in all engines.
 */
import { spawnSync } from "node:child_process";
import { parseArgs } from "node:util";
import { setFlagsFromString } from "node:v8";
import { measureLimits } from "../../compiler/targets/wasm/limits.js";
import { cpuTime, type Clock } from "../../compiler/tune/timing.js";
import { fewConvolutions, manyConvolutions } from "./convolutions.js";
import { byteProducts } from "../../runtime/index.js";
import { installPeers } from "./installed.js";
import { quantizedFiles } from "./integers/index.js";
import { litert } from "./litert.js";
import { measureCase, type Budget } from "./measure.js";
import { networkCases } from "./networks.js";
import { onnxruntimeNative, onnxruntimeWeb } from "./onnxruntime.js";
import { otherCases } from "./others/index.js";
import type { MakeCase, Peer } from "./peer.js";
import { inaccurate, instructionOf, printReport, reportOf, type SuiteResult } from "./report.js";
import { measureStartup, type StartupComparison } from "./startup.js";
import { tensorflowCpu, tensorflowWasm } from "./tensorflow.js";
import { tilewright, tilewrightLayers } from "./tilewright.js";
import { measureWorkers } from "./workers.js";

const { values: options } = parseArgs({
  options: {
    json: { type: "boolean", default: false },
    case: { type: "string", default: "" },
    suite: { type: "string", default: "" },
    peer: { type: "string", default: "" },
    "cpu-time": { type: "boolean", default: false },
    wide: { type: "boolean", default: false },
    "weights-type": { type: "string", default: "f32" },
    arithmetic: { type: "string", default: "int8" },
    "no-vnni": { type: "boolean", default: false },
  },
});
const { arithmetic } = options;
if (arithmetic !== "int8" && arithmetic !== "auto")
  throw new Error(`--arithmetic ${arithmetic}: int8 or auto`);
// V8 looks for instructions before anything of ours runs.
const missing = options["no-vnni"]
  ? ["--no-enable-avx-vnni", "--no-enable-avx-vnni-int8"].filter(
      (flag) => !process.execArgv.includes(flag),
    )
  : [];
if (missing.length > 0) {
  const args = [...missing, ...process.execArgv, ...process.argv.slice(1)];
  process.exit(spawnSync(process.execPath, args, { stdio: "inherit" }).status ?? 1);
}

interface Suite {
  readonly name: string;
  /** Each is made when it is its turn. */
  readonly cases: () => readonly MakeCase[];
  readonly ours: Peer;
  /** The same for engines that join vectors. */
  readonly wide?: Peer;
  /** What is compared where weights are int8: engines that round weights, and activations, differ by far more. */
  readonly int8?: Pick<Suite, "ours" | "peers" | "budget">;
  /** Undefined where the engine does not run here. */
  readonly peers: readonly (() => Promise<Peer | undefined>)[];
  readonly budget: Budget;
}

/** Alone in its process, since a library has the threads that it has started with, and only where it is asked for. */
const THREADS = "threads";
/** Approximations, which differ from f32 by more than what is wrong would. */
const INTEGERS = "integers";

const SUITES: readonly Suite[] = [
  {
    name: "convolutions-ts",
    cases: fewConvolutions,
    ours: tilewright("ts"),
    peers: [tensorflowCpu],
    // The peer takes up to two seconds a run; sums of a few thousand products in f32 differ by less.
    budget: { seconds: 10, leastPairs: 5, mostPairs: 41, tolerance: 1e-4 },
  },
  {
    name: "convolutions",
    cases: manyConvolutions,
    ours: tilewrightLayers(),
    peers: [() => tensorflowWasm(), () => onnxruntimeWeb(), litert()],
    budget: { seconds: 2, leastPairs: 11, mostPairs: 201, tolerance: 1e-4 },
  },
  {
    // The same, each a whole model: arrays go in and come out, of maps (ours and onnxruntime-web), or channels last.
    name: "single",
    cases: manyConvolutions,
    ours: tilewright("wasm"),
    wide: tilewright("wasm", "wide"),
    peers: [() => tensorflowWasm(true), litert("f32", true), () => onnxruntimeWeb()],
    budget: { seconds: 2, leastPairs: 11, mostPairs: 201, tolerance: 1e-4 },
  },
  {
    name: "networks",
    cases: networkCases,
    ours: tilewright("wasm"),
    wide: tilewright("wasm", "wide"),
    peers: [() => onnxruntimeWeb(), litert(), onnxruntimeNative],
    int8: {
      ours: tilewright("wasm", "both", { weightsType: "int8" }),
      peers: [() => Promise.resolve(tilewright("wasm")), litert("int8")],
      budget: { seconds: 6, leastPairs: 7, mostPairs: 41, tolerance: 2 },
    },
    // Rounding grows from layer to layer.
    budget: { seconds: 6, leastPairs: 7, mostPairs: 41, tolerance: 2e-3 },
  },
  {
    // Two threads against our own one, and against two of theirs: for a machine with two free cores.
    name: THREADS,
    cases: networkCases,
    ours: tilewright("wasm", "both", {}, 2),
    peers: [() => Promise.resolve(tilewright("wasm")), () => onnxruntimeWeb(2)],
    budget: { seconds: 8, leastPairs: 7, mostPairs: 41, tolerance: 2e-3, ofThreads: true },
  },
  {
    // Networks of f32 computed with bytes: beside our own f32, and what else rounds activations as they come.
    name: INTEGERS,
    cases: networkCases,
    ours: tilewright("wasm", "both", { arithmetic }),
    peers: [() => Promise.resolve(tilewright("wasm")), litert("int8")],
    budget: { seconds: 6, leastPairs: 7, mostPairs: 41, tolerance: 20 },
  },
  {
    // Networks that were quantised before: the same file.
    name: INTEGERS,
    cases: () => quantizedFiles,
    ours: tilewright("wasm"),
    peers: [() => onnxruntimeWeb()],
    budget: { seconds: 6, leastPairs: 7, mostPairs: 41, tolerance: 1 },
  },
  {
    name: "others",
    cases: otherCases,
    ours: tilewright("wasm"),
    wide: tilewright("wasm", "wide"),
    peers: [() => onnxruntimeWeb()],
    budget: { seconds: 4, leastPairs: 7, mostPairs: 101, tolerance: 2e-3 },
  },
];

const STARTUP = "startup";
/** By it V8 joins neighbouring vectors. */
const JOINING = "--experimental-wasm-revectorize";
const names = [...new Set(SUITES.map(({ name }) => name)), STARTUP];
if (options.suite !== "" && !names.includes(options.suite))
  throw new Error(`--suite ${options.suite}: the suites are ${names.join(", ")}`);
const isInt8 = options["weights-type"] === "int8";
if (!isInt8 && options["weights-type"] !== "f32")
  throw new Error(`--weights-type ${options["weights-type"]}: f32 or int8`);
const wants = (name: string): boolean =>
  name === options.suite || (options.suite === "" && name !== THREADS && name !== INTEGERS);
// Before any WebAssembly is compiled.
if (options.wide) setFlagsFromString(JOINING);
installPeers();
const clock = options["cpu-time"] ? "CPU time" : "wall time";
const now: Clock = options["cpu-time"] ? cpuTime : () => performance.now();
const limits = await measureLimits(now);
const results: SuiteResult[] = [];
const engines: Record<string, string> = {};
for (const { name: suite, cases, ...own } of SUITES.filter(({ name }) => wants(name))) {
  const { ours: usual, peers, budget } = isInt8 ? (own.int8 ?? {}) : own;
  const ours = options.wide && !isInt8 ? own.wide : usual;
  if (ours === undefined || peers === undefined || budget === undefined) continue;
  engines[ours.name] = ours.version;
  const opened: Peer[] = [];
  // One after the other: a library looks at the scope that another one is given while it loads.
  for (const open of peers) {
    const peer = await open();
    if (peer?.name.includes(options.peer) === true) opened.push(peer);
  }
  for (const { name, version } of opened) engines[name] = version;
  for (const { name, make } of cases()) {
    if (!name.includes(options.case)) continue;
    const one = await make(name);
    process.stderr.write(`${name}: ${[ours, ...opened].map(({ name }) => name).join(", ")}\n`);
    const measured = await measureCase(one, ours, opened, budget, now);
    results.push(...measured.map((result) => ({ suite, ...result })));
  }
}
let startup: readonly StartupComparison[] = [];
if (wants(STARTUP) && !options.wide && !isInt8) {
  for (const open of [() => onnxruntimeWeb(), litert()]) {
    const { name, version } = await open();
    engines[name] = version;
  }
  process.stderr.write(`fresh processes by turns: ${Object.keys(engines).join(", ")}\n`);
  startup = await measureStartup(options.case, options["cpu-time"] ? "cpu" : "wall");
}
const workers = wants(THREADS)
  ? await measureWorkers(options.case, options["cpu-time"] ? "cpu" : "wall")
  : [];
const products = instructionOf(byteProducts());
const here = { ...limits, products, clock };
const { flags, ...rest } = reportOf(results, engines, here, startup, workers);
const report = { ...rest, flags: [...flags, ...(options.wide ? [JOINING] : [])] };
console.log(options.json ? JSON.stringify(report, undefined, 2) : printReport(report));
// Of int8 weights errors are what they cost, not what is wrong.
if (!isInt8 && inaccurate(report).length > 0) process.exitCode = 1;
