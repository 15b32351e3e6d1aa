/**
 * Bombs, as processes: each is compiled or refused by a coded error, within 5 s of CPU and 1 GB. Targets take turns;
 * TILEWRIGHT_BOMBS=all throws each at both.
 */
import { existsSync } from "node:fs";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { TARGET_NAMES } from "../../compiler/targets/index.js";
import { commandProcess, type ProcessOutcome } from "../support/commandProcess.js";
import { expectWithin } from "../support/timeLimits.js";
import { files } from "./files.js";
import { folds } from "./folds.js";
import { graphs } from "./graphs.js";
import { opBombs } from "./ops.js";

const MOST_MS = 5000;
const MOST_BYTES = 1e9;
/** Characters of all problems. */
const MOST_SAID = 100_000;

const bombs = [...folds, ...graphs, ...opBombs, ...files];
let folder = "";

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "bombs-"));
});

afterAll(() => rm(folder, { recursive: true }));

it("there are fifty of them, all different", () => {
  expect(new Set(bombs.map(({ title }) => title)).size).toBe(bombs.length);
  expect(bombs.length).toBeGreaterThanOrEqual(50);
});

describe.each(TARGET_NAMES)("for %s", (target) => {
  const turn = TARGET_NAMES.indexOf(target);
  const thrown = bombs.filter(
    (_, i) => process.env["TILEWRIGHT_BOMBS"] === "all" || i % TARGET_NAMES.length === turn,
  );
  it.each(thrown)("$title", async ({ file, bytes, beside = {}, args = [] }) => {
    const own = await mkdtemp(join(folder, "bomb-"));
    const [model, out] = [join(own, file), join(own, "out")];
    await writeFile(model, bytes());
    for (const [name, content] of Object.entries(beside))
      await writeFile(join(own, name), content());
    const words = args.map((word) => word.replace("@", `${own}/`));
    let outcome: ProcessOutcome | undefined;
    await expectWithin(MOST_MS, async () => {
      outcome = await commandProcess(
        ...["build", model, "--target", target, "--out-dir", out, ...words],
      );
      return outcome.ms;
    });
    const { code, stderr, bytes: most } = outcome!;
    expect(most).toBeLessThan(MOST_BYTES);
    expect([0, 1]).toContain(code);
    if (code === 0) expect(stderr).toMatch(/^(warning: untrained: [^\n]+\n)?$/);
    else
      expect(stderr).toMatch(/^(error: \[[a-z-]+\] [^\n]+\n)+(error: and \d+ more problems\n)?$/);
    expect(stderr.length).toBeLessThan(MOST_SAID);
    if (code === 0) expect((await readdir(out)).length).toBeGreaterThan(0);
    else expect(existsSync(out)).toBe(false);
    await rm(own, { recursive: true });
  });
});
