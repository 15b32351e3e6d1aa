/** Times are those that bench printed, of the very kernels that a report has. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ReportData } from "../../compiler/report-page/data.js";
import { marksOf } from "../../compiler/report-page/roofline.js";
import type { Timings } from "../../compiler/report-page/timings.js";
import { command } from "../support/commandLine.js";
import { RESIDUAL } from "./models.js";

let folder = "";
let bare: ReportData;
const at = (name: string): string => join(folder, name);

async function report(...args: readonly string[]) {
  return command("report", at("m.tw"), "--json", "--target", "wasm", ...args);
}

/** As bench would print it: milliseconds are a hundredth of how many names there are before. */
function timingsOf({ kernels }: ReportData): Timings {
  const names = [...new Set(kernels.map((kernel) => kernel.function))];
  const whole = { milliseconds: 1, multiplyAdds: 2e6, gflops: 4 };
  const machine = { node: "v24.0.0", cpu: "some", clock: "wall time", untrained: [] } as const;
  return {
    ...{ model: "residual", target: "wasm", peak: 50, bandwidth: 10, ...machine, ...whole },
    kernels: names.map((name, i) => {
      const kernel = kernels.find((one) => one.function === name)!;
      const { multiplyAdds, shapes } = kernel;
      const milliseconds = (i + 1) / 100;
      const gflops = (2 * multiplyAdds) / milliseconds / 1e6;
      const calls = kernels.filter((one) => one.function === name).length;
      return { function: name, calls, shapes, milliseconds, multiplyAdds, gflops };
    }),
  };
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "timings-"));
  await writeFile(at("m.tw"), RESIDUAL);
  bare = JSON.parse((await report()).stdout) as ReportData;
});

afterAll(() => rm(folder, { recursive: true }));

describe("report --timings", () => {
  it("has the times as bench printed them, and where kernels stand under the limits", async () => {
    const timings = timingsOf(bare);
    await writeFile(at("bench.json"), JSON.stringify(timings));
    const { stdout } = await report("--timings", at("bench.json"));
    const data = JSON.parse(stdout) as ReportData;
    expect(data.times).toEqual(timings);
    const marks = marksOf(data);
    const mark = marks.find(({ function: name }) => name === "conv_relu_add")!;
    const kernel = data.kernels.find(({ name }) => name === "conv_relu_add")!;
    // x, weights, bias and the value, each once.
    expect(mark.bytes).toBe(4 * (256 + 144 + 4 + 256));
    expect(mark.intensity).toBe((2 * kernel.multiplyAdds) / mark.bytes);
    expect(mark.roof).toBe(Math.min(50, mark.intensity * 10));
    const timed = timings.kernels.find((one) => one.function === "conv_relu_add")!;
    expect(mark.milliseconds).toBe(timed.calls * timed.milliseconds);
    expect(marks.map((one) => one.milliseconds!)).toEqual(
      marks.map((one) => one.milliseconds!).toSorted((a, b) => b - a),
    );
  });

  it.each([
    ["no JSON", "{", "it is no JSON"],
    ["something else", `{"model": "residual"}`, "it is not what `bench --json` prints"],
    ["another model", (of: Timings) => ({ ...of, model: "other" }), "the times are of 'other'"],
    [
      "another target",
      (of: Timings) => ({ ...of, target: "ts" }),
      "the times are of 'residual' on ts",
    ],
    ["other kernels", (of: Timings) => ({ ...of, kernels: of.kernels.slice(1) }), "the report has"],
  ])("refuses %s", async (_, made, message) => {
    const text = typeof made === "string" ? made : JSON.stringify(made(timingsOf(bare)));
    await writeFile(at("bad.json"), text);
    const { code, stdout, stderr } = await report("--timings", at("bad.json"));
    expect({ done: code === 0, stdout }).toEqual({ done: false, stdout: "" });
    expect(stderr).toContain(message);
  });

  it("does without times", () => {
    expect(bare.times).toBeUndefined();
    const marks = marksOf(bare);
    expect(
      marks.every(({ milliseconds, roof }) => milliseconds === undefined && roof === undefined),
    ).toBe(true);
    expect(marks[0]!.multiplyAdds).toBeGreaterThan(0);
  });
});
