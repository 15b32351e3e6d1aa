/** Kernels that threads share: in whatever order pieces of a phase run, results are those of one thread, and what cannot be shared is found. */
import { describe, expect, it } from "vitest";
import { planModel } from "../../../compiler/compile.js";
import type { Definition } from "../../../compiler/graph/definition.js";
import { pieceCount } from "../../../compiler/program/lowered.js";
import type { Program } from "../../../compiler/program/program.js";
import { lowerProgram } from "../../../compiler/program/lower.js";
import { phasesOf } from "../../../compiler/program/threads/phases.js";
import { phaseProblems } from "../../../compiler/program/verify/phases.js";
import { inThreads, relaxed } from "../../../compiler/targets/wasm/variants.js";
import { networks } from "../../../examples/index.js";
import { randomAliasGraph } from "../../aliasing/randomAliasGraph.js";
import { randomBranchGraph } from "../../aliasing/randomBranchGraph.js";
import { randomStripGraph } from "../../aliasing/randomStripGraph.js";
import { randomInputs } from "../../aliasing/reference.js";
import { compilePrograms, execute } from "../../support/execution.js";
import { createRandom } from "../../support/random.js";
import { scrambled } from "../../support/scrambled.js";
import { randomByteWindows } from "../../winograd/randomByteWindows.js";
import { randomWindows } from "../../winograd/randomWindows.js";

const SEEDS = Number(process.env["TILEWRIGHT_THREAD_GRAPHS"] ?? 12);

const FAMILIES: Readonly<Record<string, (seed: number) => Definition>> = {
  "values that share memory": randomAliasGraph,
  branches: randomBranchGraph,
  strips: randomStripGraph,
  "windows by Winograd's algorithm": (seed) => randomWindows(seed),
  "windows over bytes by Winograd's algorithm": randomByteWindows,
};

function plan(definition: Definition): Program {
  return planModel(definition, {
    target: "wasm",
    threads: true,
    winograd: "f4",
    strips: { cache: 0, room: 1024, bands: 3 },
  }).program;
}

describe("what threads share", () => {
  it.each(Object.entries(FAMILIES))(
    "computes the same bits in any order: %s",
    async (name, family) => {
      const counts = { shared: 0, together: 0, staged: 0 };
      for (let seed = 1; seed <= SEEDS; seed++) {
        const definition = family(seed);
        const { program, graph } = { ...planModel(definition), program: plan(definition) };
        const inputs = randomInputs(graph, seed);
        const [alone] = await compilePrograms([program], "plain");
        const expected = execute(alone!, inputs);
        const threaded = scrambled(program, 20);
        counts.shared += threaded.shared;
        counts.together += threaded.together;
        counts.staged += threaded.staged;
        for (let order = 0; order < 3; order++) {
          const found = threaded.run(inputs, createRandom(31 * seed + order));
          for (const [output, { data }] of expected)
            expect(found.get(output)!.data, `${output} of seed ${seed}, order ${order}`).toEqual(
              data,
            );
        }
      }
      expect(counts.shared).toBeGreaterThan(SEEDS / 2);
      if (name.startsWith("windows")) expect(counts.staged).toBeGreaterThan(0);
    },
  );

  it("is found where phases run what depends on each other", () => {
    let [found, merged] = [0, 0];
    for (let seed = 1; seed <= SEEDS; seed++) {
      const program = plan(randomAliasGraph(seed));
      const phases = phasesOf(program);
      expect(phaseProblems(program, phases)).toEqual([]);
      for (let i = 1; i < phases.length; i++) {
        const wrong = [
          ...phases.slice(0, i - 1),
          [...phases[i - 1]!, ...phases[i]!],
          ...phases.slice(i + 1),
        ];
        merged++;
        if (phaseProblems(program, wrong).length > 0) found++;
      }
    }
    // Each kernel is where it is because of one in the phase before, but for those that write a part of what they seem to.
    expect(found).toBeGreaterThan(0.75 * merged);
    expect(merged).toBeGreaterThan(SEEDS);
  });

  it("is what lies around values, beside what makes them", () => {
    const { create, small } = networks.find(({ name }) => name === "resnet18")!;
    const program = plan(create(small));
    const phases = phasesOf(program);
    const phaseOf = (position: number): number =>
      phases.findIndex((phase) => phase.includes(position));
    const fills = program.kernels.flatMap(({ role, output }, position) =>
      role === "fill" ? [{ output, position }] : [],
    );
    const late = fills.filter(({ output, position }) => {
      const made = program.kernels.findLastIndex(
        (one, at) => one.output === output && one.role !== "fill" && at < position,
      );
      return made >= 0 && phaseOf(position) > phaseOf(made);
    });
    expect(fills.length).toBeGreaterThan(10);
    expect(late).toEqual([]);
  });

  it("is windows in so many pieces that none is a large part of a kernel", () => {
    const { create } = networks.find(({ name }) => name === "resnet18")!;
    const { program } = planModel(create(), { target: "wasm", threads: true });
    const { calls } = lowerProgram(program, inThreads(relaxed));
    const shared = calls.filter((call) => pieceCount(call) > 1);
    expect(shared.length).toBeGreaterThan(20);
    expect(Math.min(...shared.map(pieceCount))).toBeGreaterThanOrEqual(8);
    // One for each row of 56.
    expect(Math.max(...shared.map(pieceCount))).toBeGreaterThanOrEqual(56);
  });

  it("is no scratch memory that two kernels of a phase write to", () => {
    const found = new Set<string>();
    for (let seed = 1; seed <= SEEDS; seed++) {
      const program = plan(randomWindows(seed));
      const common = program.kernels.map(
        ({ kernel }) => new Set(kernel.temporaries.map(({ name }) => name)),
      );
      const phases = phasesOf(program, common);
      expect(phaseProblems(program, phases, common)).toEqual([]);
      const [all, own] = [[phases.flat()], phaseProblems(program, [phases.flat()])];
      for (const problem of phaseProblems(program, all, common))
        if (!own.includes(problem)) found.add(problem.replace(/\d+/g, "n"));
    }
    expect([...found]).toEqual(["kernels n and n of a phase have the same scratch memory"]);
  });

  it("is every kernel of a run, once", () => {
    const program = plan(randomAliasGraph(1));
    const phases = phasesOf(program);
    const problem = ["phases are not all kernels of a run, each once"];
    expect(phaseProblems(program, phases.slice(1))).toEqual(problem);
    expect(phaseProblems(program, [...phases, phases[0]!])).toEqual(problem);
  });
});
