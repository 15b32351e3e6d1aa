/** What each pass does to the Programs of small graphs, and near misses where it must not; `-u` rewrites what is expected. */
import { fileURLToPath } from "node:url";
import { expect } from "vitest";
import { evaluateGraph } from "../../compiler/graph/evaluate.js";
import type { Graph } from "../../compiler/graph/graph.js";
import { returnedOutputs } from "../../compiler/graph/states.js";
import { parseGraph } from "../../compiler/graph/text/parse.js";
import { printGraph } from "../../compiler/graph/text/print.js";
import { elementCount, tensor } from "../../compiler/base/tensor.js";
import { planProgram, PROGRAM_PASSES, type ProgramPass } from "../../compiler/program/passes.js";
import { printProgram } from "../../compiler/program/print.js";
import type { LayoutChoices, StripChoices } from "../../compiler/program/layout/choices.js";
import type { Program } from "../../compiler/program/program.js";
import type { Outcome, Section } from "../support/goldenFile.js";
import { testGoldens } from "../support/goldens.js";
import { createRandom } from "../support/random.js";
import { runProgram, scalarTarget } from "../support/runProgram.js";
import { EFFECTS } from "./effects.js";

/** As much as the maps of small graphs take. */
const SMALL: StripChoices = { cache: 1024, room: 4096 };
/** Scalar loops, laid out as vectors would like it, in one memory with the constants. */
const target: LayoutChoices = {
  ...scalarTarget,
  lanes: [1, 4],
  words: true,
  dots: true,
  ownsConstants: true,
};

/** What a pass leaves of a graph, as far as it changed it, and what of its kind it did. */
function runSection(pass: ProgramPass, { input }: Section): Outcome {
  const graph = parseGraph(input);
  expect(printGraph(graph), "the input is canonical").toBe(input);
  const left = new Map<ProgramPass, Program>();
  const planned = planProgram(graph, target, {
    ...(pass === "fuse-strips" ? { strips: SMALL } : {}),
    observe: (name, program) => left.set(name, program),
  });
  expectMeaning(graph, planned);
  const after = left.get(pass)!;
  const before = left.get(PROGRAM_PASSES[PROGRAM_PASSES.indexOf(pass) - 1]!);
  const fired = Object.entries(EFFECTS[pass])
    .map(([effect, countOf]) => [effect, countOf(after, before)] as const)
    .filter(([, count]) => count > 0);
  const text = printProgram(after);
  const output = before === undefined ? text : changedLines(printProgram(before), text);
  return { fired: new Map(fired), output: output === "" ? "// nothing changed\n" : output };
}

function expectMeaning(graph: Graph, program: Program): void {
  const random = createRandom(1);
  const inputs = new Map(
    graph.inputs.map(({ name, type: { dtype, dims } }) => {
      const values = Array.from({ length: elementCount(dims) }, () => random.int(-99, 99) / 32);
      return [name, tensor(dtype, dims, values)];
    }),
  );
  const expected = evaluateGraph(graph, inputs);
  const actual = runProgram(program, inputs);
  const { outputs, states = [] } = graph;
  const becomes = states.map(({ input, output }) => ({
    name: input,
    value: outputs.find(({ name }) => name === output)!.value,
  }));
  for (const { name, value } of [...returnedOutputs(graph), ...becomes])
    expected
      .get(value)!
      .data.forEach((one, i) =>
        expect(Number(actual.get(name)!.data[i])).toBeCloseTo(Number(one), 3),
      );
}

/** Lines of a printed Program that are not in another, below the kernels that they belong to and what those write. */
function changedLines(before: string, after: string): string {
  const known = new Set(blocksOf(before).flatMap((block) => keysOf(block)));
  const kept = blocksOf(after).flatMap((block) => {
    const keys = keysOf(block);
    const changed = block.filter((_, i) => !known.has(keys[i]!));
    const isKernel = block.length > 1;
    return isKernel && changed.length > 0
      ? block.filter((line, i) => i < 2 || changed.includes(line))
      : changed;
  });
  return kept.map((line) => `${line.slice(2)}\n`).join("");
}

/** Every line, with those indented below it. */
function blocksOf(text: string): readonly (readonly string[])[] {
  const blocks: string[][] = [];
  for (const line of text.split("\n").slice(1, -2)) {
    if (line.startsWith("    ")) blocks.at(-1)!.push(line);
    else blocks.push([line]);
  }
  return blocks;
}

/** A line by itself says nothing: `reads x = %a` of which kernel? */
function keysOf(block: readonly string[]): readonly string[] {
  return block.map((line) => `${block[0]}\n${line}`);
}

testGoldens(
  fileURLToPath(new URL("golden/", import.meta.url)),
  PROGRAM_PASSES.map((name) => ({ name, rules: Object.keys(EFFECTS[name]) })),
  ({ name }, section) => runSection(name, section),
);
