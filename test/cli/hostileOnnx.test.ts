/** Hostile .onnx files from the command line: a coded error, soon, in little memory, and nothing written. */
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { TARGET_NAMES } from "../../compiler/targets/index.js";
import { commandProcess, type ProcessOutcome } from "../support/commandProcess.js";
import { externalTensor, hostileModels } from "../support/hostileModels/index.js";
import { command, type Outcome } from "../support/commandLine.js";
import { expectWithin, processorMs } from "../support/timeLimits.js";

const MOST_MS = 1000;
const MOST_BYTES = 500e6;

let parent = "";
/** The folder of the model, inside `parent`. */
let folder = "";

beforeAll(async () => {
  parent = await mkdtemp(join(tmpdir(), "hostile-onnx-"));
  folder = join(parent, "models");
  await mkdir(folder);
  const numbers = new Uint8Array(new Float32Array([1, 2, 3, 4]).buffer);
  await writeFile(join(parent, "secret.bin"), numbers);
  await mkdir(join(parent, "secrets"));
  await writeFile(join(parent, "secrets", "w.bin"), numbers);
  await writeFile(join(folder, "own.bin"), numbers);
  await mkdir(join(folder, "directory"));
  await symlink(join(parent, "secret.bin"), join(folder, "link.bin"));
  await symlink(join(parent, "secrets"), join(folder, "linked"));
  await symlink("around.bin", join(folder, "around.bin"));
});

afterAll(() => rm(parent, { recursive: true }));

const toWrite = (): string => join(folder, "out");

function expectRefusal({ code, stderr }: Outcome, problem: string): void {
  expect(stderr).toContain(`[${problem}]`);
  expect(stderr).toMatch(/^(error: [^\n]+\n)+$/);
  expect(stderr).not.toContain("bug of Tilewright");
  expect(code).toBe(1);
  expect(existsSync(toWrite())).toBe(false);
}

describe.each(TARGET_NAMES)("for %s", (target) => {
  const build = async (bytes: Uint8Array): Promise<Outcome> => {
    const path = join(folder, "m.onnx");
    await writeFile(path, bytes);
    return command("build", path, "--target", target, "--out-dir", toWrite());
  };

  it("a sound model is built", async () => {
    const bytes = externalTensor({ location: "own.bin" });
    expect(await build(bytes)).toMatchObject({ code: 0, stderr: "" });
    expect((await readdir(toWrite())).length).toBeGreaterThan(0);
    await rm(toWrite(), { recursive: true });
  });

  it.each(hostileModels)("$title is refused", async ({ bytes, code }) => {
    let outcome: Outcome | undefined;
    await expectWithin(MOST_MS, () => processorMs(async () => (outcome = await build(bytes))));
    expectRefusal(outcome!, code);
  });

  const boundary: readonly (readonly [string, Readonly<Record<string, string>>])[] = [
    ["in the folder above", { location: "../secret.bin" }],
    ["above, after a way down", { location: "directory/../../secret.bin" }],
    ["at an absolute path", { location: join(tmpdir(), "secret.bin") }],
    ["behind a link", { location: "link.bin" }],
    ["behind a link to a folder", { location: "linked/w.bin" }],
    ["behind a link to itself", { location: "around.bin" }],
    ["in a folder", { location: "directory" }],
    ["in the model's own folder", { location: "." }],
    ["in a file that is not there", { location: "absent.bin" }],
    ["in a file whose name has a zero", { location: "own.bin\0.txt" }],
    ["in a pipe", { location: "pipe" }],
    ["before the file", { location: "own.bin", offset: "-4" }],
    ["behind the end of the file", { location: "own.bin", offset: "4" }],
    ["far behind the end of the file", { location: "own.bin", offset: "999999999999999" }],
    ["at a place that is no number", { location: "own.bin", offset: "0x0" }],
    ["nowhere", { location: "" }],
  ];
  it.each(boundary)("numbers %s are refused", async (title, entries) => {
    if (title === "in a pipe" && !existsSync(join(folder, "pipe")))
      execFileSync("mkfifo", [join(folder, "pipe")]);
    expectRefusal(await build(externalTensor(entries)), "bad-file");
  });

  it.each(["5", "2147483648", "999999999999999"])(
    "%s bytes of numbers for four are refused",
    async (length) => {
      expectRefusal(await build(externalTensor({ location: "own.bin", length })), "bad-weights");
    },
  );
});

describe("as a process", () => {
  let idle: ProcessOutcome | undefined;

  it.each(["functions that multiply", "10,000 branches, each in the other"])(
    "%s costs little",
    async (title) => {
      const hostile = hostileModels.find((model) => model.title === title)!;
      const path = join(folder, "p.onnx");
      idle ??= await commandProcess("build", join(folder, "absent.onnx"));
      await writeFile(path, hostile.bytes);
      let outcome: ProcessOutcome | undefined;
      await expectWithin(MOST_MS, async () => {
        outcome = await commandProcess("build", path, "--out-dir", toWrite());
        return outcome.ms - idle!.ms;
      });
      expectRefusal(outcome!, hostile.code);
      expect(outcome!.bytes).toBeGreaterThan(20e6);
      expect(outcome!.bytes).toBeLessThan(MOST_BYTES);
    },
  );
});
