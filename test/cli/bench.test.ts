/** `tilewright bench`: every kernel is timed, on every target, as text and as data. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { TARGET_NAMES } from "../../compiler/targets/index.js";
import { command } from "../support/commandLine.js";

const TEXT = `model small(%x: f32[1,4,12,12]) {
  %a = conv(%x, @w) {pads=[1,1,1,1]}
  %b = relu(%a)
  %c = conv(%b, @w) {pads=[1,1,1,1]}
  %d = softmax(%c) {axis=1}
  return y = %d
}
@w : f32[4,4,3,3] = [${Array.from({ length: 144 }, (_, i) => ((i * 7) % 11) / 10 - 0.5).join(", ")}]
`;

let path = "";
beforeAll(async () => {
  path = join(await mkdtemp(join(tmpdir(), "bench-")), "small.tw");
  await writeFile(path, TEXT);
});
afterAll(() => rm(join(path, ".."), { recursive: true }));

async function stdoutOf(...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await command("bench", path, ...args);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  return stdout;
}

interface Timings {
  readonly milliseconds: number;
  readonly multiplyAdds: number;
  readonly clock: string;
  readonly peak?: number;
  readonly bandwidth?: number;
  readonly kernels: readonly {
    readonly function: string;
    readonly calls: number;
    readonly milliseconds: number;
    readonly multiplyAdds: number;
    readonly gflops: number;
    readonly share?: number;
  }[];
}

describe("bench", () => {
  it.each(TARGET_NAMES)("times every kernel on %s", async (target) => {
    const timings = JSON.parse(await stdoutOf("--json", "--target", target)) as Timings;
    expect(timings.milliseconds).toBeGreaterThan(0);
    expect(timings.multiplyAdds).toBe(2 * 144 * 4 * 4 * 9);
    const multiplyAdds = timings.kernels.map((kernel) => kernel.calls * kernel.multiplyAdds);
    expect(multiplyAdds.reduce((sum, count) => sum + count, 0)).toBe(timings.multiplyAdds);
    const convolution = timings.kernels.find(({ function: name }) => name === "conv_relu")!;
    expect(convolution.milliseconds).toBeGreaterThan(0);
    const flops = (2 * convolution.multiplyAdds) / convolution.milliseconds / 1e6;
    expect(convolution.gflops).toBeCloseTo(flops, 9);
    const share = timings.peak === undefined ? undefined : convolution.gflops / timings.peak;
    expect(convolution.share).toBe(share);
    expect(timings.peak === undefined).toBe(target === "ts");
    expect(timings.bandwidth === undefined).toBe(target === "ts");
    for (const limit of [timings.peak, timings.bandwidth])
      if (limit !== undefined) expect(limit).toBeGreaterThan(0.1);
  });

  it("counts what the process computes where it is told to", async () => {
    let read = 0;
    const cpuUsage = vi.spyOn(process, "cpuUsage");
    try {
      // A clock that says five milliseconds whenever it is read twice.
      cpuUsage.mockImplementation(() => ({ user: 5000 * read++, system: 0 }));
      const timings = JSON.parse(await stdoutOf("--json", "--cpu-time")) as Timings;
      expect(timings).toMatchObject({ clock: "CPU time", milliseconds: 5 });
    } finally {
      cpuUsage.mockRestore();
    }
  });

  it("prints a row a kernel", async () => {
    const lines = (await stdoutOf()).split("\n");
    expect(lines[0]).toMatch(/^small on ts: \d+\.\d\d ms, \d+\.\d\d GFLOP\/s \(wall time, Node v/);
    expect(lines[2]).toMatch(/^kernel +calls +ms +in all +GFLOP\/s +of peak +shapes$/);
    expect(lines.filter((line) => line.startsWith("conv_relu ")).length).toBe(1);
  });
});
