/** What each Graph pass does to small graphs, and near misses that it leaves alone; `-u` rewrites what is expected. */
import { fileURLToPath } from "node:url";
import { expect } from "vitest";
import { parseGraph } from "../../compiler/graph/text/parse.js";
import { printGraph } from "../../compiler/graph/text/print.js";
import { verifyGraph } from "../support/verifyGraph.js";
import { firings } from "../support/firings.js";
import { quantizeDynamically } from "../../compiler/passes/arithmetic.js";
import { passes, runPass } from "../../compiler/passes/index.js";
import type { Pass } from "../../compiler/passes/pass.js";
import type { Outcome, Section } from "../support/goldenFile.js";
import { testGoldens } from "../support/goldens.js";
import { dependsOnInputs, differenceInEps } from "./twin.js";

/** A pass may round differently, no more: this times eps times the output's rms. */
const MOST_EPS = 32;
/** Rounding to bytes is another matter: a tenth of the output's rms. */
const LOSSY = quantizeDynamically(new Map([["kept", "it is kept"]]));
const LOSSY_EPS = 0.1 * 2 ** 23;

/** Runs a section, checking on the way everything that holds for any pass on any graph. */
function runSection(pass: Pass, section: Section): Outcome {
  const graph = parseGraph(section.input);
  expect(printGraph(graph), "the input is canonical").toBe(section.input);
  const { graph: result, log } = runPass(pass, graph);
  verifyGraph(result);
  const output = printGraph(result);
  expect(printGraph(parseGraph(output)), "the output reads back").toBe(output);
  expect(runPass(pass, result).log.fired, "the pass has come to rest").toEqual([]);
  expect(printGraph(graph), "the input graph is left as it was").toBe(section.input);
  expect(dependsOnInputs(graph), "the outputs move with the inputs").toBe(true);
  for (const seed of [1, 2]) {
    expect(differenceInEps(graph, result, seed), "the values stay").toBeLessThan(
      pass === LOSSY ? LOSSY_EPS : MOST_EPS,
    );
  }
  const notes = log.notes.map(({ rule, node, reason }) => `${rule} on '${node}': ${reason}`);
  return { fired: firings(log), notes, output };
}

testGoldens(
  fileURLToPath(new URL("golden/", import.meta.url)),
  [...passes.filter(({ name }) => name !== LOSSY.name), LOSSY].map((pass) => ({
    name: pass.name,
    rules: pass.stages.flat().map((rule) => rule.name),
    pass,
  })),
  ({ pass }, section) => runSection(pass, section),
);
