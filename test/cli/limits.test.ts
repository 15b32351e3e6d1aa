/** Limits of builds: each fails by itself and says by how much, and nothing is written then. */
import { existsSync, readdirSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { checkLimits } from "../../compiler/project/limits.js";
import { commandIn, type Outcome } from "../support/commandLine.js";
import { emptyFolder } from "../support/emptyFolder.js";

const { at, write } = emptyFolder();
const NET = `model net(%x: f32[100]) {
  %y = mul(%x, @w)
  %z = matmul(%y, @m) {axis=0}
  return z = %z
}
@w : f32[100] = seed 1 center 0 spread 1
@m : f32[50,100] = seed 2 center 0 spread 1
`;
const run = (...args: readonly string[]): Promise<Outcome> => {
  write({ "net.tw": NET });
  return commandIn(at(), "build", "net.tw", "--out-dir", "out", ...args);
};

interface Figures {
  readonly constantBytes: number;
  readonly arena: { readonly bytes: number };
  readonly download: {
    readonly sizes: Readonly<Record<"size" | "download" | "memory" | "macs", number>>;
  };
}

const grouped = (count: number): string => count.toLocaleString("en-US");

describe("a build", () => {
  it("that reaches all its limits is written; one more byte of each is too much", async () => {
    const report = JSON.parse((await run("--json")).stdout) as Figures;
    const { size, download, memory, macs } = report.download.sizes;
    expect(memory).toBe(report.constantBytes + report.arena.bytes);
    expect(macs).toBeGreaterThanOrEqual(5000);
    expect(download).toBeLessThan(size);
    const flags = {
      "--max-size": size,
      "--max-download": download,
      "--max-memory": memory,
      "--max-macs": macs,
    };
    const all = Object.entries(flags).map(([flag, most]) => `${flag}=${most}`);
    expect((await run(...all)).code).toBe(0);
    for (const [flag, most] of Object.entries(flags)) {
      const { code, stderr } = await run(...all, `${flag}=${most - 1}`);
      expect({ code, stderr }, flag).toMatchObject({ code: 2 });
      expect(stderr).toContain(`${flag} is given 2 times`);
      const over = await run(`${flag}=${most - 3}`, "--force");
      expect(over.code).toBe(1);
      expect(over.stderr).toContain(`[over-limit] 'net.tw': `);
      expect(over.stderr).toMatch(
        new RegExp(`${grouped(most)} .*, 3 over .*, ${grouped(most - 3)}`),
      );
    }
  });

  it("that is over several says so of all, and writes nothing", async () => {
    const { code, stderr } = await run(
      "--max-size",
      "1kB",
      "--max-macs",
      "1k",
      "--max-memory",
      "1GB",
    );
    expect(code).toBe(1);
    expect(stderr.trim().split("\n")).toHaveLength(2);
    expect(existsSync(at("out"))).toBe(false);
  });

  it("has the limits of its config and of the file beside it", async () => {
    write({
      "tilewright.config.json": `{ "maxMacs": 10 }`,
      "net.tilewright.json": `{ "maxSize": 10 }`,
    });
    const { code, stderr } = await run();
    expect(code).toBe(1);
    expect(stderr).toMatch(/over maxSize, 10/);
    expect(stderr).toMatch(/over maxMacs, 10/);
    expect((await run("--max-size", "1MB", "--max-macs", "1M")).code).toBe(0);
    expect(readdirSync(at("out"))).toContain("net.ts");
  });

  it.each([
    "",
    "1TB",
    "1mb",
    "-1",
    "1,000",
    "1e",
    "0x10",
    "NaN",
    "Infinity",
    "1 000",
    "MB",
    "1.5.2kB",
    "1KB",
  ])("does not take %j for a limit", async (text) => {
    const { code, stderr } = await run(`--max-size=${text}`);
    expect(stderr).toMatch(/\[usage\] .*--max-size/);
    expect(code).toBe(2);
    expect(existsSync(at("out"))).toBe(false);
  });
});

it.each([
  ["1000", 1000],
  ["1e3", 1000],
  ["1.5kB", 1500],
  ["1.5 KiB", 1536],
  ["2k", 2000],
  ["3M", 3_000_000],
  ["0.001 GB", 1_000_000],
  ["1MiB", 2 ** 20],
  ["7B", 7],
  ["0", 0],
])("%s are %d", (text, amount) => {
  const sizes = { size: 0, download: 0, memory: 0, macs: 0 };
  const within = (size: number) => () =>
    checkLimits({ ...sizes, size }, { maxSize: [text] }, "net");
  expect(within(amount)).not.toThrow();
  expect(within(amount + 1)).toThrow(/1 over maxSize/);
});
