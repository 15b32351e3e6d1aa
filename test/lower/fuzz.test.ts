/** Any legal schedule under any places computes what the interpreter says. */
import { describe, expect, it } from "vitest";
import { runFuzzCase, SEEDS_PER_FAMILY } from "../support/fuzzCase.js";
import { FAMILY_NAMES } from "../support/randomKernel.js";
import type { Run } from "../support/runKernel.js";
import { createRandom } from "../support/random.js";
import { runOnWasm, SIMDS, type Shares } from "../support/simd.js";
import { runShares } from "../support/threads.js";

/** Assembling takes longer than interpreting. */
const SEEDS_ON_WASM = 25;

describe("schedules and places", () => {
  it.each(FAMILY_NAMES)("%s agrees with the interpreter", (family) => {
    for (let seed = 1; seed <= SEEDS_PER_FAMILY; seed++) {
      const { difference } = runFuzzCase(seed, family);
      expect(difference, `seed ${seed} of ${family}`).toBeUndefined();
    }
  });

  describe.each(SIMDS)("as WebAssembly with %s SIMD", (simd) => {
    const random = createRandom(17);
    const run: Run = (code, memory, addresses) => {
      const shares: Shares = (share) => runShares(code, addresses, random, share);
      const inThreads = code.tiles === undefined ? undefined : shares;
      runOnWasm(code, memory, addresses(0), simd, undefined, inThreads);
    };
    it.each(FAMILY_NAMES)("%s agrees with the interpreter", (family) => {
      for (let seed = 1; seed <= SEEDS_ON_WASM; seed++) {
        const { difference } = runFuzzCase(seed, family, { run });
        expect(difference, `seed ${seed} of ${family}`).toBeUndefined();
      }
    });
  });

  it.each(FAMILY_NAMES)(
    "%s as plain WebAssembly gives the bits of rounded operations",
    (family) => {
      const run: Run = (code, memory, addresses) => runOnWasm(code, memory, addresses(0), "plain");
      for (let seed = 1; seed <= SEEDS_ON_WASM; seed++) {
        const { difference } = runFuzzCase(seed, family, { run, rounding: true });
        expect(difference, `seed ${seed} of ${family}`).toBeUndefined();
      }
    },
  );

  it("covers vectors, squares, blocks, margins, merged loops, parked accumulators, sums in parts, accumulators by turns, pairs, threads, narrow storage, dots and temporaries", () => {
    const cases = FAMILY_NAMES.flatMap((family) =>
      Array.from({ length: SEEDS_PER_FAMILY }, (_, i) => runFuzzCase(i + 1, family)),
    );
    expect(cases.filter(({ vector }) => vector).length).toBeGreaterThan(50);
    expect(cases.filter(({ dots }) => dots).length).toBeGreaterThan(20);
    expect(cases.filter(({ turned }) => turned).length).toBeGreaterThan(40);
    expect(cases.filter(({ margin }) => margin).length).toBeGreaterThan(10);
    expect(cases.filter(({ blocked }) => blocked).length).toBeGreaterThan(5);
    expect(cases.filter(({ fused }) => fused).length).toBeGreaterThan(100);
    expect(cases.filter(({ acrossRows }) => acrossRows).length).toBeGreaterThan(50);
    expect(cases.filter(({ parked }) => parked).length).toBeGreaterThan(20);
    expect(cases.filter(({ inParts }) => inParts).length).toBeGreaterThan(100);
    expect(cases.filter(({ grouped }) => grouped).length).toBeGreaterThan(50);
    expect(cases.filter(({ takingTurns }) => takingTurns).length).toBeGreaterThan(20);
    expect(cases.filter(({ paired }) => paired).length).toBeGreaterThan(20);
    expect(cases.filter(({ moved }) => moved).length).toBeGreaterThan(10);
    expect(cases.filter(({ narrow }) => narrow).length).toBeGreaterThan(100);
    expect(cases.filter(({ parallel }) => parallel).length).toBeGreaterThan(100);
  });
});
