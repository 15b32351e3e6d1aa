/** The report of a benchmark: a summary for each suite and peer, and what is less accurate than promised. */
import { describe, expect, it } from "vitest";
import { inaccurate, printReport, reportOf, type SuiteResult } from "./report.js";

function result(given: Partial<SuiteResult>): SuiteResult {
  const times = { ours: 1, theirs: 2, ratio: 2, spread: [2, 2], pairs: 7 } as const;
  const names = { suite: "networks", case: "a", peer: "onnxruntime-web" };
  return { ...names, flops: 1e9, difference: 0, error: 1e-6, theirError: 1e-6, ...times, ...given };
}

const limits = { peak: 50, bandwidth: 10, products: "nothing", clock: "wall time" };

describe("a report", () => {
  it("has the mean and the worst of each suite and peer", () => {
    const results = [
      result({}),
      result({ case: "b", ratio: 8, error: 2e-6 }),
      result({ peer: "other", ratio: 0.5 }),
      result({ suite: "single", ratio: 3 }),
    ];
    const { summaries } = reportOf(results, {}, limits);
    expect(summaries.map(({ suite, peer }) => `${suite} ${peer}`)).toEqual([
      ...["networks onnxruntime-web", "networks other", "single onnxruntime-web"],
    ]);
    expect(summaries[0]!.geometricMean).toBeCloseTo(4, 12);
    expect(summaries[0]).toMatchObject({
      least: { case: "a", ratio: 2 },
      leastAccurate: { case: "b", ratio: 2 },
    });
  });

  it("names networks whose error is more than three times onnxruntime-web's", () => {
    const results = [
      result({ case: "exact enough", error: 3e-6 }),
      result({ case: "rough", error: 3.1e-6 }),
      result({ case: "a rough layer", suite: "single", error: 1 }),
      result({ case: "another engine's", peer: "other", error: 1 }),
    ];
    const report = reportOf(results, {}, limits);
    expect(inaccurate(report)).toEqual([
      "rough: an error of 3.1e-6, more than 3 times onnxruntime-web's 1.0e-6",
    ]);
    expect(printReport(report)).toContain("TOO INACCURATE: rough");
  });
});
