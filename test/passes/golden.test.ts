/** Golden files of the rules: where each fires, and where it does not. */
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { parseGraph } from "../../compiler/graph/text/parse.js";
import { printGraph } from "../../compiler/graph/text/print.js";
import { verifyGraph } from "../support/verifyGraph.js";
import { passes, runPass } from "../../compiler/passes/index.js";
import type { Pass } from "../../compiler/passes/pass.js";
import { formatGolden, parseGolden, type Outcome, type Section } from "./goldenFile.js";
import { dependsOnInputs, differenceInEps } from "./twin.js";

const FOLDER = fileURLToPath(new URL("golden/", import.meta.url));
/** A pass may round differently, no more: this times eps times the output's rms. */
const MOST_EPS = 32;

const files = readdirSync(FOLDER).map((name) => ({
  path: `${FOLDER}${name}`,
  name,
  golden: parseGolden(readFileSync(`${FOLDER}${name}`, "utf8")),
}));

/** Runs a section, checking on the way everything that holds for any pass on any graph. */
function runSection(pass: Pass, section: Section): Outcome {
  const graph = parseGraph(section.input);
  expect(printGraph(graph), "the input is canonical").toBe(section.input);
  const { graph: result, log } = runPass(pass, graph);
  verifyGraph(result);
  const output = printGraph(result);
  expect(printGraph(parseGraph(output)), "the output reads back").toBe(output);
  expect(runPass(pass, result).log.fired, "the pass has come to rest").toEqual([]);
  const fired = log.fired.some(({ rule }) => rule === section.rule);
  expect(fired, `${section.rule} fires`).toBe(!section.not);
  expect(printGraph(graph), "the input graph is left as it was").toBe(section.input);
  expect(dependsOnInputs(graph), "the outputs move with the inputs").toBe(true);
  for (const seed of [1, 2]) {
    expect(differenceInEps(graph, result, seed), "the values stay").toBeLessThan(MOST_EPS);
  }
  return { section, output, log };
}

describe.each(files)("$name", ({ path, golden }) => {
  const pass = passes.find(({ name }) => name === golden.pass);

  it("holds", async () => {
    if (pass === undefined) throw new Error(`there is no pass '${golden.pass}'`);
    const outcomes = golden.sections.map((section) => {
      try {
        return runSection(pass, section);
      } catch (error) {
        throw new Error(`in section '${section.title}'`, { cause: error });
      }
    });
    await expect(formatGolden(golden.pass, outcomes)).toMatchFileSnapshot(path);
  });
});

describe.each(passes)("the goldens of $name", (pass) => {
  const sections = files
    .filter(({ golden }) => golden.pass === pass.name)
    .flatMap(({ golden }) => golden.sections);
  const rules = pass.stages.flat().map((rule) => rule.name);

  it.each(rules)("show %s fire, and show where it does not", (rule) => {
    const about = sections.filter((section) => section.rule === rule);
    expect(about.some((section) => !section.not)).toBe(true);
    expect(about.some((section) => section.not)).toBe(true);
  });

  it("are about rules that exist", () => {
    expect(sections.filter((section) => !rules.includes(section.rule))).toEqual([]);
  });
});
