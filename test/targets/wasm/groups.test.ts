/** Some channels at a time, where few pixels go by: other loops that give the same bits. */
import { describe, expect, it } from "vitest";
import { tensor } from "../../../compiler/base/tensor.js";
import { planModel } from "../../../compiler/compile.js";
import { parseDefinition } from "../../../compiler/graph/text/parse.js";
import { lowerProgram } from "../../../compiler/program/lower.js";
import { scheduleProblems } from "../../../compiler/schedule/verify.js";
import { compilePrograms, execute, type Execution } from "../../support/execution.js";
import { createRandom } from "../../support/random.js";
import { scrambled } from "../../support/scrambled.js";
import { SIMDS } from "../../support/simd.js";

/** 240 KB of weights for 25 pixels, 50 KB for as many, and 240 KB for one. */
const definition = parseDefinition(`model groups(%x: f32[1,160,5,5]) {
  %a = conv(%x, @a)
  %r = sigmoid(%a)
  %b = conv(%r, @b)
  %p = reduceMean(%r) {axes=[2,3]}
  %c = conv(%p, @c)
  return b = %b, c = %c
}
@a : f32[384,160,1,1] = seed 1 center 0 spread 1
@b : f32[32,384,1,1] = seed 2 center 0 spread 1
@c : f32[160,384,1,1] = seed 3 center 0 spread 1
`);

const [grouped, apart] = [[], ["group-channels"]].map(
  (disable) => planModel(definition, { target: "wasm", disable }).program,
);

const random = createRandom(7);
const values = Array.from({ length: 160 * 25 }, () => random.int(-99, 99) / 16);
const inputs = new Map([["x", tensor("f32", [1, 160, 5, 5], values)]]);

function outputOf(execution: Execution): ReadonlyMap<string, object> {
  return execute(execution, inputs);
}

describe("groups of channels", () => {
  it("are where many weights are read by few pixels, unless that is left out", () => {
    const groups = (program = grouped!) =>
      program.kernels.flatMap(({ name, schedules: [schedule] }) =>
        schedule?.grouped === undefined ? [] : [[name, schedule.grouped.elements, schedule.order]],
      );
    expect(groups()).toMatchInlineSnapshot(`
      [
        [
          "matmul_sigmoid",
          192,
          [
            "m",
            "j",
            "k",
          ],
        ],
      ]
    `);
    expect(groups(apart)).toEqual([]);
  });

  it("give the same bits, on each kind of SIMD", async () => {
    for (const simd of SIMDS) {
      const [a, b] = await compilePrograms([grouped!, apart!], simd);
      expect(outputOf(a!)).toEqual(outputOf(b!));
    }
  });

  it("must be whole, and of several tiles", () => {
    const { kernel, schedules, places } = grouped!.kernels.find(
      ({ schedules: [one] }) => one?.grouped !== undefined,
    )!;
    const problems = (axis: string, elements: number): string => {
      const schedule = { ...schedules[0]!, grouped: { axis, elements } };
      return scheduleProblems(schedule, kernel.computes[0]!, kernel, places).join("; ");
    };
    const { axis } = schedules[0]!.grouped!;
    expect(problems(axis, 100)).toContain("which do not make up 384");
    expect(problems(axis, 12)).toContain("which are not several tiles of 8");
    expect(problems(axis, 8)).toContain("which are not several tiles of 8");
    expect(problems("nothing", 8)).toContain("which is no axis of what is written");
  });

  it("are shared by threads", async () => {
    const threads = { piece: 100 };
    const program = planModel(definition, { target: "wasm", threads: true }).program;
    const { calls, functions } = lowerProgram(program, { threads });
    const tiles = new Map(functions.map(({ name, code }) => [name, code.tiles]));
    expect(calls.map(({ kernel, function: name }) => [kernel, tiles.get(name)]))
      .toMatchInlineSnapshot(`
      [
        [
          "copy",
          80,
        ],
        [
          "matmul_sigmoid",
          10,
        ],
        [
          "matmul",
          20,
        ],
        [
          "reduceMean",
          12,
        ],
        [
          "matmul_2",
          7,
        ],
      ]
    `);
    const [alone] = await compilePrograms([program], "plain");
    const expected = outputOf(alone!);
    for (const seed of [1, 2])
      expect(scrambled(program, threads.piece).run(inputs, createRandom(seed))).toEqual(expected);
  });
});
