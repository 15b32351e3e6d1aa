/** Files of every kind that are wrong somewhere: each is refused by a code, soon, or computes the same on every target. */
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { createRandom } from "../support/random.js";
import { compareMutant, type Compared } from "./compareMutant.js";
import type { Family, Mutant } from "./family.js";
import { foldersFamily } from "./families/folders.js";
import { onnx, text } from "./families/models.js";
import { schedulesFamily } from "./families/schedules.js";
import { npyFamily, npzFamily, safetensorsFamily } from "./families/weights.js";
import { judge, judgeBuild } from "./judge.js";
import { newTally, reportOf, type Tally } from "./tally.js";
import { openWorkplace, type Workplace } from "./workplace.js";

// Thousands of modules are emitted: that they are laid out for people is looked at elsewhere.
vi.mock("prettier", () => ({ format: (source: string) => Promise.resolve(source) }));

/** TILEWRIGHT_MUTANTS=200000 throws more, TILEWRIGHT_MUTANTS_SEED=7 others, TILEWRIGHT_MUTANT=7000123 one again. */
const COUNT = Number(process.env["TILEWRIGHT_MUTANTS"] ?? 10_000);
const SEED = Number(process.env["TILEWRIGHT_MUTANTS_SEED"] ?? 1);
const ONE = process.env["TILEWRIGHT_MUTANT"];

/** So many faults are shown. */
const SHOWN = 20;
/** Of all mutants one in so many is built, too. */
const BUILDS = 100;

let families: readonly Family[] = [];
let place: Workplace;

beforeAll(async () => {
  families = [
    ...[onnx, text, safetensorsFamily, npzFamily, npyFamily, foldersFamily],
    await schedulesFamily(),
  ];
  place = openWorkplace();
});

afterAll(() => place.remove());

function familyOf(turn: number): Family {
  let rest = turn;
  return families.find(({ share }) => (rest -= share) < 0)!;
}

/** All that is wrong with a mutant. */
async function faultsOf(number: number, tally: Tally): Promise<readonly string[]> {
  const random = createRandom(number);
  const family = familyOf(random.int(0, 999));
  const mutant = family.draw(random);
  const verdict = await judge(mutant, place);
  const counts = tally.of(family.name);
  counts.drawn++;
  counts.seconds += verdict.seconds;
  counts.slowest = Math.max(counts.slowest, verdict.seconds);
  for (const code of new Set(verdict.codes))
    counts.codes.set(code, (counts.codes.get(code) ?? 0) + 1);
  const faults = [...verdict.faults];
  if (verdict.accepted) counts.accepted++;
  if (mutant.verb === "check") {
    if (random.int(1, BUILDS) === 1)
      faults.push(...(await judgeBuild(mutant, verdict.accepted, place)));
    if (verdict.accepted && (ONE !== undefined || random.int(1, family.runs) === 1)) {
      const compared = await compareMutant(mutant, place.folder, number).catch(thrown);
      counts.run++;
      if (compared.peer) counts.peer++;
      counts.differing.push(...compared.differing.map((one) => `${number}: ${one}`));
      faults.push(...compared.faults);
    }
  }
  return faults.length === 0
    ? []
    : [`${family.name} ${number}: ${faults.join("\n")}\n${shown(mutant)}`];
}

function thrown(error: unknown): Compared {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { faults: [`it is accepted, and then ${text}`], peer: false, differing: [] };
}

function shown({ verb, words, files }: Mutant): string {
  const contents = Object.entries(files).map(([path, content]) =>
    content === undefined
      ? `${path}/`
      : `${path}: ${Buffer.from(content).toString("base64").slice(0, 4000)}`,
  );
  return [`  ${verb} ${words.join(" ")}`, ...contents.map((line) => `  ${line}`)].join("\n");
}

describe("mutants", () => {
  it(
    `are refused or right: ${COUNT} of seed ${SEED}`,
    async () => {
      const tally = newTally();
      const reports: string[] = [];
      const numbers =
        ONE === undefined
          ? Array.from({ length: COUNT }, (_, i) => SEED * 1_000_000 + i)
          : [Number(ONE)];
      let faults = 0;
      const start = process.cpuUsage();
      for (const number of numbers) {
        const found = await faultsOf(number, tally);
        faults += found.length;
        if (reports.length < SHOWN) reports.push(...found);
      }
      const { user, system } = process.cpuUsage(start);
      console.log(`${reportOf(tally)}\nin ${((user + system) / 1e6).toFixed()} s of CPU`);
      const again = reports.length === 0 ? "" : "one again: TILEWRIGHT_MUTANT=<number>\n";
      expect(`${faults} faults\n${again}${reports.join("\n")}`).toBe("0 faults\n");
    },
    120_000 + 20 * COUNT,
  );
});
