/** `tilewright build --tune` on the machine's own clock: a file that later builds read, and what is said about it. */
import { mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { tuneFile } from "../../compiler/cli/tune.js";
import { TARGET_NAMES } from "../../compiler/targets/index.js";
import { printDefinition } from "../../compiler/graph/text/print.js";
import type { ProgramKernel } from "../../compiler/program/program.js";
import { printTuned } from "../../compiler/tune/file.js";
import { runCommandLine } from "../../compiler/cli/cli.js";
import { shellLine } from "../support/commandProcess.js";
import { command } from "../support/commandLine.js";
import { SMALL, tuneBy } from "../tune/model.js";

const TEXT = `model tiny(%x: f32[1,4,6,6]) {
  %a = conv(%x, @w) {pads=[1,1,1,1]}
  return y = %a
}
@w : f32[4,4,3,3] = [${Array.from({ length: 144 }, (_, i) => ((i * 7) % 11) / 10 - 0.5).join(", ")}]
`;

const nothing = (): void => undefined;
const streams = { stdout: nothing, stderr: nothing, terminal: false, color: false };

let folder = "";
const at = (name: string): string => join(folder, name);
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "tune-"));
  await writeFile(at("tiny.tw"), TEXT);
});
afterAll(() => rm(folder, { recursive: true }));

const filesIn = async (name: string): Promise<Map<string, string>> =>
  new Map(
    await Promise.all(
      (await readdir(at(name))).map(async (file): Promise<[string, string]> => [
        file,
        await readFile(join(at(name), file), "base64"),
      ]),
    ),
  );

describe("build --tune", () => {
  it.each(TARGET_NAMES)("writes schedules that later builds read, for %s", async (target) => {
    const model = [at("tiny.tw"), "--target", target];
    const out = at(`out-${target}`);
    const tuned = await command("build", ...model, "--tune", "--json", "--out-dir", out);
    expect(tuned).toMatchObject({ code: 0, stderr: "" });
    const { tuned: report } = JSON.parse(tuned.stdout) as {
      readonly tuned: { readonly file: string; readonly kernels: number; readonly gain: number };
    };
    expect(report).toMatchObject({ file: tuneFile(at("tiny.tw")), kernels: 3 });
    expect(report.gain).toBeGreaterThan(0);
    const again = at(`again-${target}`);
    const rebuilt = await command(
      ...["build", ...model, "--schedules", report.file, "--out-dir", again],
    );
    expect(rebuilt).toMatchObject({ code: 0, stderr: "" });
    expect(await filesIn(`again-${target}`)).toEqual(await filesIn(`out-${target}`));
    const dumped = await command(
      "dump",
      ...model,
      "--stage",
      "kernels",
      "--schedules",
      report.file,
    );
    expect(dumped).toMatchObject({ code: 0, stderr: "" });
  });

  it("starts engines with flags instead of setting them in one that runs", async () => {
    const asked: (readonly string[])[] = [];
    for (const args of [["--tune"], ["--target", "wasm"]]) {
      const line = ["build", at("tiny.tw"), "--out-dir", at("flags"), ...args];
      const restart = (flags: readonly string[]): Promise<0> => {
        asked.push(flags);
        return Promise.resolve(0);
      };
      expect(await runCommandLine(line, streams, restart)).toBe(0);
    }
    expect(asked.map((flags) => [...new Set(flags)])).toEqual([["--no-liftoff"], []]);
  });

  it("works in an engine whose flags cannot be set any more", async () => {
    const model = `${at("tiny.tw")} --target wasm --simd plain`;
    const line = (more: string): string =>
      `tilewright build ${model} --tune --schedules ${at("frozen.json")} --out-dir ${at("frozen")} ${more}`;
    const env = { FAULTS: "--freeze-flags-after-init" };
    const tuned = await shellLine(line("--json"), { env });
    expect(tuned).toMatchObject({ code: 0, signal: null, stderr: "" });
    expect(JSON.parse(tuned.stdout)).toMatchObject({ tuned: { engine: "wasm plain" } });
    // The exit code is that of the process that it starts.
    expect(await shellLine(line("--bind z=none.npy"), { env })).toMatchObject({ code: 2 });
  });

  it("writes what dumps show too, for engines without relaxed SIMD as well", async () => {
    const sum = (text: string): number =>
      [...text].reduce((all, one) => all + one.charCodeAt(0), 7);
    const odd = ({ schedules }: ProgramKernel): number => 1 + (sum(JSON.stringify(schedules)) % 97);
    const { kernels } = await tuneBy(odd, "wasm plain");
    expect(kernels.length).toBeGreaterThan(0);
    await writeFile(at("small.tw"), printDefinition(SMALL));
    await writeFile(at("small.json"), await printTuned(kernels));
    const dump = ["dump", at("small.tw"), "--stage", "kernels", "--target", "wasm"];
    const [own, tuned] = [
      await command(...dump, "--simd", "plain"),
      await command(...dump, "--simd", "plain", "--schedules", at("small.json")),
    ];
    expect([own.code, tuned.code]).toEqual([0, 0]);
    expect(tuned.stdout).not.toBe(own.stdout);
    for (const run of kernels.flatMap(({ runs }) => runs)) expect(tuned.stdout).toContain(run);
  });

  it("warns of schedules that are for no kernel of the model", async () => {
    const stale = {
      format: "tilewright schedules 1",
      kernels: [
        {
          ...{ key: "0123456789abcdef", engine: "ts", kernel: "1×4 → \u001b[31m1×4", runs: [] },
          ...{ gain: 1.5, schedules: [{ order: ["n"], split: {}, lanes: 1 }] },
        },
      ],
    };
    await writeFile(at("stale.json"), JSON.stringify(stale));
    const schedules = ["--schedules", at("stale.json"), "--out-dir", at("stale")];
    const { code, stderr } = await command("build", at("tiny.tw"), ...schedules);
    expect(code).toBe(0);
    expect(stderr).toBe(
      "warning: schedule 0123456789abcdef (ts, 1×4 → \\u001b[31m1×4) is for no kernel of the model: tune again\n",
    );
    const other = await command("build", at("tiny.tw"), ...schedules, "--target", "wasm");
    expect(other).toMatchObject({ code: 0, stderr: "" });
  });

  it("says what is wrong with a file of schedules", async () => {
    await writeFile(at("bad.json"), "{");
    const bad = await command("build", at("tiny.tw"), "--schedules", at("bad.json"));
    expect(bad).toMatchObject({ code: 1, stdout: "" });
    expect(bad.stderr).toMatch(/^error: \[bad-file\] .*bad\.json: not a file of schedules/);
    const tuned = await command("build", at("tiny.tw"), "--tune", "--schedules", at("bad.json"));
    expect(tuned).toMatchObject({ code: 1, stdout: "" });
    expect(await readFile(at("bad.json"), "utf8")).toBe("{");
    const absent = await command("build", at("tiny.tw"), "--schedules", at("absent.json"));
    expect(absent).toMatchObject({ code: 2, stdout: "" });
  });
});
