/** What compiling costs from the Graph to code: n log n in whatever is large, verification included. */
import { describe, expect, it } from "vitest";
import { compile, planModel } from "../../compiler/compile.js";
import type { Definition } from "../../compiler/graph/definition.js";
import { lowerProgram } from "../../compiler/program/lower.js";
import { MOST_GROWTH, timeGrowth } from "./growth.js";
import { sizedModels } from "./sizedModels.js";
import { expectWithin, processorMs } from "../support/timeLimits.js";
import { unlimited } from "../support/unlimited.js";

/** Of the largest models; a machine at rest takes a third of it. */
const MOST_MS = 20_000;
/** Of what is timed in front: kernels take longer than nodes. */
const PART = 1 / 4;

const planAndLower = (definition: Definition): unknown =>
  lowerProgram(planModel(definition, unlimited()).program);

describe("definition => code of kernels", () => {
  it.each(sizedModels)("grows as the number of $title", async ({ build, timed }) => {
    const work = (size: number) => {
      const definition = build(Math.round(size));
      return () => planAndLower(definition);
    };
    expect(await timeGrowth(work, timed * PART)).toBeLessThan(MOST_GROWTH);
  });

  it.each(sizedModels)("takes $largest $title", async ({ build, largest }) => {
    const definition = build(largest);
    await expectWithin(MOST_MS, () => processorMs(() => planAndLower(definition)));
  });
});

/** What is emitted grows with functions and with calls of one: a model of each will do. */
const emitted = sizedModels.filter(({ title }) => /chain|concats/.test(title));

describe("definition => files", () => {
  it("are of models that there are", () => expect(emitted).toHaveLength(2));

  it.each(emitted)("grows as the number of $title", async ({ build, timed }) => {
    const work = (size: number) => {
      const definition = build(Math.round(size));
      return () => compile(definition, { weights: "file", target: "ts", ...unlimited() });
    };
    expect(await timeGrowth(work, timed * PART)).toBeLessThan(MOST_GROWTH);
  });
});
