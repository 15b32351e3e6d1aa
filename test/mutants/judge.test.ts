/** The judge of mutants finds what it is there to find: planted escapes, crashes, leftovers, and time. */
import { mkdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Outcome } from "../support/commandLine.js";
import type { Mutant } from "./family.js";
import { judge } from "./judge.js";
import { openWorkplace, type Workplace } from "./workplace.js";

let place: Workplace;
beforeAll(() => (place = openWorkplace()));
afterAll(() => place.remove());

const MODEL = Buffer.from("model m(%x: f32[2]) {\n  %y = relu(%x)\n  return y = %y\n}\n");
const mutant: Mutant = { files: { "m.tw": MODEL, f: undefined }, words: ["@m.tw"], verb: "check" };

const said = (code: number, stderr = "", stdout = ""): Outcome => ({ code, stderr, stdout });

describe("a mutant", () => {
  it("that is right is accepted, one that is refused has a code", async () => {
    expect(await judge(mutant, place)).toMatchObject({ accepted: true, faults: [] });
    const wrong = { ...mutant, files: { "m.tw": Buffer.from("model") } };
    expect(await judge(wrong, place)).toMatchObject({
      accepted: false,
      faults: [],
      codes: ["syntax"],
    });
  });

  it.each<readonly [string, RegExp, () => Outcome]>([
    [
      "throws",
      /it threw Error: no luck/,
      () => {
        throw new Error("no luck");
      },
    ],
    ["is a bug", /exit code 3/, () => said(3, "error: this is a bug of Tilewright")],
    ["has no code", /it is refused by: error: no/, () => said(1, "error: no\n")],
    ["is silent", /it is refused by: $/, () => said(2)],
    ["is done, and complains", /it is done, and says/, () => said(0, "error: [syntax] x\n")],
    ["shows a stack", /a stack/, () => said(1, "error: [syntax] x\n    at f (a.ts:1:2)\n")],
    ["says too much", /it says 500\d\d/, () => said(1, `error: [syntax] ${"x".repeat(50_000)}\n`)],
    [
      "leaves a file",
      /it left .*new/,
      () => {
        writeFileSync(join(place.folder, "new"), "");
        return said(0);
      },
    ],
    [
      "leaves a temporary folder",
      /it left .*one/,
      () => {
        mkdirSync(join(tmpdir(), "one"));
        return said(0);
      },
    ],
  ])("that %s is told", async (_, words, run) => {
    const { faults } = await judge(mutant, place, async () => Promise.resolve().then(run));
    expect(faults.join("\n")).toMatch(words);
  });

  it("that takes long, or much memory, is told", async () => {
    const { faults } = await judge(mutant, place, () => Promise.resolve(said(0)), {
      seconds: 0,
      bytes: -1e9,
    });
    expect(faults.join("\n")).toMatch(/^it took [\d.e-]+ s\nit took -?\d+ bytes$/);
  });
});
