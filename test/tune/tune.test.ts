/** Tuning with a clock of its own: what is chosen, what is kept, and that what is chosen computes the same. */
import { describe, expect, it } from "vitest";
import { compile, planModel } from "../../compiler/compile.js";
import type { ProgramKernel } from "../../compiler/program/program.js";
import { tileOf } from "../../compiler/schedule/schedule.js";
import { VARIANTS } from "../../compiler/targets/index.js";
import { mergeTuned, parseTuned, printTuned } from "../../compiler/tune/file.js";
import { compareRuns, EFFORT } from "../../compiler/tune/timing.js";
import { differenceOf } from "../support/difference.js";
import { outputsWith, SMALL, tuneBy } from "./model.js";

/** Likes large tiles on even days: no cost model would, and every search finds others than its own. */
function odd({ schedules }: ProgramKernel): number {
  const text = JSON.stringify(schedules);
  return 1 + ([...text].reduce((sum, one) => (sum * 31 + one.charCodeAt(0)) % 997, 7) % 100) / 10;
}

/** A tile of so many along some axis is twice as fast as anything else. */
const likes =
  (tile: number) =>
  ({ schedules }: ProgramKernel): number =>
    schedules.some((one) => Object.keys(one.split).some((axis) => tileOf(one, axis) === tile))
      ? 1
      : 2;

const ENGINES = VARIANTS.filter(({ tuner }) => tuner !== undefined).map(({ name }) => name);

describe("tuning", () => {
  it("keeps what is clearly faster, and nothing else", async () => {
    const { keys, kernels } = await tuneBy(likes(3), "wasm relaxed");
    expect(keys.length).toBeGreaterThan(4);
    expect(kernels.length).toBeGreaterThan(0);
    for (const { gain, schedules } of kernels) {
      expect(gain).toBe(2);
      const tiles = schedules.flatMap((one) => Object.keys(one.split).map((a) => tileOf(one, a)));
      expect(tiles).toContain(3);
    }
  });

  it.each(ENGINES)("finds nothing for %s where all take nearly as long", async (engine) => {
    const nearly = (kernel: ProgramKernel): number => 1 + 0.0002 * odd(kernel);
    expect((await tuneBy(nearly, engine)).kernels).toEqual([]);
  });

  it.each(ENGINES)("computes the same with other schedules for %s", async (engine) => {
    const { kernels } = await tuneBy(odd, engine);
    expect(kernels.length).toBeGreaterThan(1);
    const run = (schedules: typeof kernels) => outputsWith(engine, schedules);
    const [before, after] = [run([]), run(kernels)];
    for (const [name, value] of after)
      expect(differenceOf(value, before.get(name)!, 45).units).toBeLessThan(8);
  });

  it("tunes plain SIMD for weights as relaxed SIMD has them packed", async () => {
    const relaxed = (await tuneBy(likes(12), "wasm relaxed")).kernels;
    const plain = (await tuneBy(odd, "wasm plain", relaxed)).kernels;
    expect(plain.length).toBeGreaterThan(0);
    const both = await compile(SMALL, { target: "wasm", schedules: [...plain, ...relaxed] });
    expect(both.unused).toEqual([]);
    const alone = await compile(SMALL, { target: "wasm", schedules: plain });
    expect(alone.unused.length).toBeGreaterThan(0);
    expect(alone.unused.every((one) => plain.includes(one))).toBe(true);
  });

  it("is a file of the same bytes in any order, and builds of the same bytes", async () => {
    const { keys, kernels } = await tuneBy(odd, "wasm relaxed");
    const text = await printTuned(kernels);
    expect(await printTuned([...kernels].reverse())).toBe(text);
    const read = parseTuned(new TextEncoder().encode(text));
    expect(mergeTuned([], "wasm relaxed", { keys, kernels: read })).toEqual(read);
    expect(await printTuned(read)).toBe(text);
    const options = { target: "wasm", schedules: read } as const;
    const [first, second] = [await compile(SMALL, options), await compile(SMALL, options)];
    expect(second.files).toEqual(first.files);
    expect(first.files).not.toEqual((await compile(SMALL, { target: "wasm" })).files);
  });

  it("forgets what was timed again, and keeps what is for other engines and kernels", async () => {
    const { keys, kernels } = await tuneBy(odd, "wasm relaxed");
    const other = { ...kernels[0]!, key: "0123456789abcdef" };
    const ts = { ...kernels[0]!, engine: "ts" } as const;
    const before = [...kernels, other, ts];
    expect(mergeTuned(before, "wasm relaxed", { keys, kernels: [] })).toEqual([other, ts]);
    const { unused } = await compile(SMALL, { target: "wasm", schedules: before });
    expect(unused).toEqual([other]);
  });

  it("knows a kernel by what it computes, whatever its layers are called", async () => {
    const { kernels } = await tuneBy(odd, "wasm relaxed");
    const renamed = JSON.parse(
      JSON.stringify(SMALL).replaceAll('"%d"', '"%other"').replaceAll('"d"', '"other"'),
    ) as typeof SMALL;
    const options = { target: "wasm", schedules: kernels } as const;
    expect(planModel(renamed, options).program.kernels.map(({ schedules }) => schedules)).toEqual(
      planModel(SMALL, options).program.kernels.map(({ schedules }) => schedules),
    );
    expect((await compile(renamed, options)).unused).toEqual([]);
  });
});

describe("timing", () => {
  it("takes turns, so that a machine that slows down changes nothing", () => {
    let [clock, slow] = [0, 1];
    const taking = (milliseconds: number) => (): void => {
      slow *= 1.001;
      clock += milliseconds * slow;
    };
    const { ratio } = compareRuns(taking(3), taking(2), () => clock, EFFORT);
    expect(ratio).toBeCloseTo(1.5, 1);
  });

  it("gives up soon on what is slower", () => {
    let [clock, calls] = [0, 0];
    const slower = (): void => {
      clock += 20;
      calls++;
    };
    const { ratio } = compareRuns(
      () => void (clock += 10),
      slower,
      () => clock,
      EFFORT,
    );
    expect(ratio).toBeCloseTo(0.5);
    expect(calls).toBeLessThan(2 + EFFORT.pairs);
  });
});
