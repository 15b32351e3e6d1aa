/** Gives a mutant to the command line as its author would, and says what may not happen. */
import { existsSync, rmSync } from "node:fs";
import { command, type Outcome } from "../support/commandLine.js";
import type { Mutant } from "./family.js";
import type { Workplace } from "./workplace.js";

/** What a mutant may take. */
export interface Most {
  /** Of CPU. */
  readonly seconds: number;
  /** That the process has more than before. */
  readonly bytes: number;
}

const MOST: Most = { seconds: 5, bytes: 1e9 };
/** Characters of all that is said. */
const LONGEST = 20_000;

export interface Verdict {
  /** Whether the mutant is as good as a file that is right. */
  readonly accepted: boolean;
  /** The codes that it was refused with. */
  readonly codes: readonly string[];
  readonly faults: readonly string[];
  readonly seconds: number;
}

export type Run = (...args: readonly string[]) => Promise<Outcome>;

/** `run` is the command line, but in tests of this judge. */
export async function judge(
  mutant: Mutant,
  place: Workplace,
  run: Run = command,
  most = MOST,
): Promise<Verdict> {
  place.lay(mutant);
  const words = mutant.words.map((word) => word.replace("@", `${place.folder}/`));
  const before = process.memoryUsage.rss();
  const start = process.cpuUsage();
  const temporary = process.env["TMPDIR"];
  process.env["TMPDIR"] = place.temporary;
  const { outcome, escaped } = await run(mutant.verb, ...words).then(
    (one) => ({ outcome: one, escaped: undefined }),
    (error: unknown) => ({ outcome: undefined, escaped: error }),
  );
  if (temporary === undefined) delete process.env["TMPDIR"];
  else process.env["TMPDIR"] = temporary;
  const { user, system } = process.cpuUsage(start);
  const seconds = (user + system) / 1e6;
  const bytes = process.memoryUsage.rss() - before;
  const faults = [
    ...(outcome === undefined ? [`it threw ${textOf(escaped)}`] : wrongWith(mutant, outcome)),
    ...place.leftovers().map((path) => `it left ${path}`),
    ...(seconds > most.seconds ? [`it took ${seconds} s`] : []),
    ...(bytes > most.bytes ? [`it took ${bytes} bytes`] : []),
  ];
  const said = `${outcome?.stderr ?? ""}${outcome?.stdout ?? ""}`;
  const codes = [...said.matchAll(/\[([a-z-]+)\] /g)].map(([, code]) => code!);
  return { accepted: outcome?.code === 0, codes, faults, seconds };
}

function wrongWith({ verb }: Mutant, { code, stdout, stderr }: Outcome): string[] {
  const faults: string[] = [];
  if (![0, 1, 2].includes(code)) faults.push(`exit code ${code}: ${stderr}`);
  else if (code === 0 && stderr !== "") faults.push(`it is done, and says ${stderr}`);
  else if (code !== 0 && verb === "check" && !/^(error: \[[a-z-]+\] [^\n]*\n)+$/.test(stderr))
    faults.push(`it is refused by: ${stderr}`);
  if (/\n\s+at .*:\d+:\d+/.test(stderr + stdout))
    faults.push(`it shows a stack: ${stderr}${stdout}`);
  if (stdout.length + stderr.length > LONGEST)
    faults.push(`it says ${stdout.length + stderr.length} characters`);
  return faults;
}

/** Builds what was judged: what is refused may write nothing, what is accepted is written whole. */
export async function judgeBuild(
  mutant: Mutant,
  accepted: boolean,
  place: Workplace,
): Promise<readonly string[]> {
  const words = mutant.words.map((word) => word.replace("@", `${place.folder}/`));
  const { code, stderr } = await command("build", ...words, "--out-dir", place.out);
  const faults = ![0, 1, 2].includes(code) ? [`build: exit code ${code}: ${stderr}`] : [];
  if (code === 0 && !accepted) faults.push("build accepts what check refuses");
  if (code !== 0 && existsSync(place.out)) faults.push("a build that is refused writes");
  faults.push(...place.leftovers().map((path) => `a build left ${path}`));
  rmSync(place.out, { recursive: true, force: true });
  return faults;
}

function textOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
