/** Files of schedules that people and machines have damaged: refused with a code, or code that computes the same. */
import { beforeAll, describe, expect, it } from "vitest";
import { CompileError } from "../../compiler/base/error.js";
import type { Schedule, Split } from "../../compiler/schedule/schedule.js";
import { parseTuned, printTuned, type TunedKernel } from "../../compiler/tune/file.js";
import { differenceOf } from "../support/difference.js";
import { expectWithin, processorMs } from "../support/timeLimits.js";
import { createRandom, type Random } from "../support/random.js";
import { outputsWith, tuneBy } from "./model.js";

/** For megabytes of what is wrong. */
const MOST_MS = 5000;

let tuned: readonly TunedKernel[] = [];
beforeAll(async () => {
  let cost = 1e6;
  tuned = (await tuneBy(() => (cost /= 1.1), "wasm relaxed")).kernels;
});

function codesOf(run: () => unknown): string[] {
  try {
    run();
  } catch (error) {
    if (error instanceof CompileError) return error.problems.map(({ code }) => code);
    throw error;
  }
  return [];
}

const parse = (text: string): unknown => parseTuned(new TextEncoder().encode(text));

describe("a file of schedules", () => {
  it("is refused where it is none", async () => {
    const good = await printTuned(tuned);
    const bad: readonly string[] = [
      "",
      "{",
      "[]",
      "null",
      '{"format":"tilewright schedules 2","kernels":[]}',
      '{"format":"tilewright schedules 1"}',
      good.replace('"order"', '"ordre"'),
      good.replace(/"factor": \d+/, '"factor": -4'),
      good.replace(/"factor": \d+/, '"factor": 1e300'),
      good.replace(/"factor": \d+/, '"factor": 2.5'),
      good.replace('"unroll"', '"grid"'),
      good.replace(/"lanes": 4/, '"lanes": 0'),
      good.replace(/"key": "..../, '"key": "../..'),
      good.replace(/"order": \["/, '"order": ["__proto__", "'),
      good.replace(/"split": \{/, '"split": { "__proto__": [],'),
      good.replace(/"split": \{\s*"/, '"split": { "__proto__": [], "'),
      good.replace(/"gain": [\d.]+/, '"gain": "much"'),
      good.replace(/"gain": [\d.]+/, (gain) => `${gain}, ${gain}`),
      `${"[".repeat(1_000_000)}`,
    ];
    for (const text of bad) {
      expect(text).not.toBe(good);
      const codes = codesOf(() => parse(text));
      expect([text.slice(0, 60), ...new Set(codes)]).toEqual([text.slice(0, 60), "bad-file"]);
    }
    for (const text of longLists(good)) {
      expect(text.length).toBeLessThan(2 ** 22);
      let codes: readonly string[] = [];
      await expectWithin(MOST_MS, () => processorMs(() => (codes = codesOf(() => parse(text)))));
      expect(new Set(codes)).toEqual(new Set(["bad-file"]));
    }
    expect(codesOf(() => parseTuned(Uint8Array.of(0xff, 0xfe, 0x00)))).toEqual(["bad-file"]);
    expect(parse(good)).toEqual(JSON.parse(good).kernels);
  });
});

/** Megabytes of wrong things at each place where there is a list or a table. */
function longLists(good: string): readonly string[] {
  const of = (text: string, count: number): string => new Array<string>(count).fill(text).join(",");
  const keys = Array.from({ length: 200_000 }, (_, i) => `"${i}":1`).join(",");
  const empty = good.replace(/"kernels": \[[^]*\]/, '"kernels": []');
  return [
    empty.replace("[]", `[${of("{}", 1_000_000)}]`),
    empty.replace("[]", `[${of(`{"schedules":[${of("{}", 500)}]}`, 2000)}]`),
    empty.replace("[]", `{${keys}}`),
    good.replace(/"runs": \[/, `"runs": [${of("1", 1_500_000)},`),
    good.replace(/"schedules": \[/, `"schedules": [${of("{}", 1_000_000)},`),
    good.replace(/"order": \[/, `"order": [${of("1", 1_500_000)},`),
    good.replace(/"split": \{/, `"split": {${keys},`),
    good.replace(/"lanes": /, `${keys},"lanes": `),
  ];
}

/** The only Compute of a convolution, changed. */
function withSchedule(change: (schedule: Schedule) => Schedule): TunedKernel[] {
  return tuned.map((one) => ({ ...one, schedules: one.schedules.map(change) }));
}

const ILLEGAL: readonly (readonly [string, (one: Schedule) => Schedule])[] = [
  ["an order without an axis", (one) => ({ ...one, order: one.order.slice(1) })],
  ["an axis twice", (one) => ({ ...one, order: [...one.order.slice(1), one.order.at(-1)!] })],
  ["another axis", (one) => ({ ...one, order: ["qq", ...one.order.slice(1)] })],
  ["a split of no axis", (one) => ({ ...one, split: { ...one.split, qq: [unroll(2)] } })],
  ["lanes without an axis", (one) => ({ ...one, lanes: 4, split: {} })],
  ["other lanes than its vectors", (one) => ({ ...one, lanes: one.lanes * 2 })],
  ["vectors of one", (one) => ({ ...one, lanes: 1, split: { [one.order[0]!]: [vector(1)] } })],
  ["lanes of eight", (one) => ({ ...one, lanes: 8, split: { [one.order[0]!]: [vector(8)] } })],
  [
    "two axes of lanes",
    (one) => ({
      ...one,
      lanes: 4,
      split: { [one.order[0]!]: [vector(4)], [one.order.at(-1)!]: [vector(4)] },
    }),
  ],
  [
    "a split within lanes",
    (one) => ({ ...one, lanes: 4, split: { [one.order[0]!]: [vector(4), unroll(2)] } }),
  ],
  ["an axis fused with itself", (one) => ({ ...one, fuse: { q: [one.order[0]!, one.order[0]!] } })],
  ["axes that are none fused", (one) => ({ ...one, fuse: { q: ["q0", "q1"] } })],
  ["pairs of vectors without any", (one) => ({ ...one, split: {}, lanes: 1, pairs: true })],
  ["sums in parts of 7", (one) => ({ ...one, partialSums: { axis: one.order.at(-1)!, steps: 7 } })],
  ["more accumulators than there are registers", (one) => ({ ...one, accumulators: 17 })],
  ["sums of no axis", (one) => ({ ...one, partialSums: { axis: "qq", steps: 1 } })],
  ["groups of no axis", (one) => ({ ...one, grouped: { axis: "qq", elements: 1 } })],
  ["groups of 7", (one) => ({ ...one, grouped: { axis: one.order[0]!, elements: 7 } })],
  ["axes under a taken name fused", (one) => ({ ...one, fuse: { [one.order[0]!]: one.order } })],
];

const unroll = (factor: number): Split => ({ factor, kind: "unroll" });
const vector = (factor: number): Split => ({ factor, kind: "vector" });

describe("an illegal schedule", () => {
  it.each(ILLEGAL)("is refused: %s", (_, change) => {
    expect(codesOf(() => outputsWith("wasm relaxed", withSchedule(change)))).toEqual([
      "bad-schedule",
    ]);
  });

  it("is refused where it would be code without end", () => {
    const split = (one: Schedule): Schedule => ({
      ...one,
      lanes: 1,
      split: Object.fromEntries(one.order.map((axis) => [axis, [unroll(4096)]])),
    });
    const codes = codesOf(() => outputsWith("wasm relaxed", withSchedule(split)));
    expect(codes).toEqual(["bad-schedule"]);
  });

  it("is refused where it parks what the epilogue reads, or nothing", () => {
    const parked = withSchedule((one) => ({ ...one, park: true }));
    expect(codesOf(() => outputsWith("wasm relaxed", parked))).toEqual(["bad-schedule"]);
  });

  it("is refused where there are too few", () => {
    const few = tuned.map((one) => ({ ...one, schedules: [...one.schedules, ...one.schedules] }));
    expect(codesOf(() => outputsWith("wasm relaxed", few))).toEqual(["bad-schedule"]);
  });
});

/** A schedule with something changed at random, most often into nonsense. */
function damaged(schedule: Schedule, random: Random): Schedule {
  const { order, split, fuse, lanes } = schedule;
  const axis = random.pick(order);
  const some = random.pick([unroll(1), unroll(2), unroll(3), unroll(5), vector(4)]);
  return random.pick<() => Schedule>([
    () => ({ ...schedule, order: random.shuffle(order) }),
    () => ({ ...schedule, split: { ...split, [axis]: [some] } }),
    () => ({ ...schedule, split: { ...split, [axis]: [...(split[axis] ?? []), some] } }),
    () => ({ ...schedule, split: { [axis]: [some] }, lanes: some.kind === "vector" ? 4 : 1 }),
    () => ({ ...schedule, lanes: lanes === 1 ? 4 : 1 }),
    () => ({ ...schedule, park: schedule.park !== true }),
    () => ({ ...schedule, pairs: true }),
    () => ({ ...schedule, partialSums: { axis, steps: random.int(1, 8) } }),
    () => ({ ...schedule, grouped: { axis, elements: random.int(1, 8) } }),
    () => ({ ...schedule, fuse: { ...fuse, q: random.shuffle(order).slice(0, 2) } }),
    () => {
      const at = random.int(0, order.length - 2);
      const left = order.filter((_, i) => i !== at && i !== at + 1);
      const group = { q: order.slice(at, at + 2) };
      return { ...schedule, fuse: group, order: [...left.slice(0, at), "q", ...left.slice(at)] };
    },
  ])();
}

describe("a damaged schedule", () => {
  it("is refused or computes the same", () => {
    const expected = outputsWith("wasm relaxed", []);
    const outcomes = { refused: 0, run: 0 };
    for (let seed = 0; seed < 120; seed++) {
      const random = createRandom(seed);
      const one = random.pick(tuned);
      const schedules = one.schedules.map((schedule) => damaged(schedule, random));
      try {
        const outputs = outputsWith("wasm relaxed", [{ ...one, schedules }]);
        for (const [name, value] of outputs) {
          const { units, worst } = differenceOf(value, expected.get(name)!, 45);
          expect({ seed, worst, right: units < 8 }).toEqual({ seed, worst, right: true });
        }
        outcomes.run++;
      } catch (error) {
        if (!(error instanceof CompileError)) throw error;
        expect(error.problems.map(({ code }) => code)).toEqual(["bad-schedule"]);
        outcomes.refused++;
      }
    }
    expect(outcomes.run).toBeGreaterThan(20);
    expect(outcomes.refused).toBeGreaterThan(20);
  });
});
