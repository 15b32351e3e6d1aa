/** Builds that are killed, or whose disk fails, at every step of writing: the old set or the new one is there, or none that answers. */
import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CompileError } from "../../compiler/base/error.js";
import { compile } from "../../compiler/compile.js";
import type { OutputFile } from "../../compiler/emit/outputFile.js";
import { writeFiles } from "../../compiler/emit/writeFiles.js";
import { parseDefinition } from "../../compiler/graph/text/parse.js";
import { TARGET_NAMES, type TargetName } from "../../compiler/targets/index.js";
import { bundled } from "../support/bundle.js";
import type { EmittedModule } from "../support/emitted.js";
import { breakDisk } from "../support/faultyDisk.js";

let folder = "";
const at = (...names: readonly string[]): string => join(folder, ...names);
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), "interrupted-"))));
afterAll(() => rm(folder, { recursive: true }));

/** Models of one name and interface with as many weights, no part of which goes with the other's: x = [10, 20]. */
const MODELS = {
  old: { op: "add", w: "1, 2", answer: "11,22" },
  new: { op: "mul", w: "3, 4", answer: "30,80" },
};
type Model = keyof typeof MODELS;

async function filesOf(model: Model, target: TargetName): Promise<readonly OutputFile[]> {
  const { op, w } = MODELS[model];
  const text = `model net(%x: f32[2]) {\n  %y = ${op}(%x, @w)\n  return y = %y\n}\n@w : f32[2] = [${w}]\n`;
  const beside = target === "wasm" ? ({ wasm: "file", wat: true } as const) : {};
  const options = { target, js: true, standalone: true, weights: "file", ...beside } as const;
  return (await compile(parseDefinition(text), options)).files;
}

type Contents = ReadonlyMap<string, string>;

/** The files of a folder by their names, without what waits to be swept. */
async function contentsOf(path: string, all = false): Promise<Contents> {
  const names = (await readdir(path)).filter((name) => all || !/\.(tmp|old)$/.test(name)).sort();
  const texts = await Promise.all(names.map((name) => readFile(join(path, name), "latin1")));
  return new Map(names.map((name, i) => [name, texts[i]!]));
}

/** What the module in a folder answers; undefined where it refuses to. */
async function answerOf(path: string): Promise<string | undefined> {
  const copy = `${path}-loaded`;
  await cp(path, copy, { recursive: true });
  await writeFile(join(copy, "package.json"), '{ "type": "module" }');
  try {
    const url = pathToFileURL(join(copy, "net.js")).href;
    const { load } = (await import(/* @vite-ignore */ url)) as EmittedModule;
    return String((await load()).run({ x: new Float32Array([10, 20]) })["y"]);
  } catch (error) {
    expect(error).toBeInstanceOf(Error);
    return undefined;
  }
}

interface Sets {
  readonly files: Readonly<Record<Model, readonly OutputFile[]>>;
  readonly contents: Readonly<Record<Model, Contents>>;
  /** How many steps of writing it takes to put the new set in the old one's place. */
  readonly steps: number;
}

/** Both sets in folders `<target>-<model>`, for the process that is killed to take them from. */
async function prepare(target: TargetName): Promise<Sets> {
  const files = { old: await filesOf("old", target), new: await filesOf("new", target) };
  for (const model of ["old", "new"] as const) {
    await writeFiles(at(`${target}-${model}`), files[model]);
    const order = JSON.stringify(files[model].map(({ path }) => path));
    await mkdir(at(`from-${target}-${model}`), { recursive: true });
    await cp(at(`${target}-${model}`), at(`from-${target}-${model}`), { recursive: true });
    await writeFile(at(`from-${target}-${model}`, "order.json"), order);
  }
  const contents = {
    old: await contentsOf(at(`${target}-old`)),
    new: await contentsOf(at(`${target}-new`)),
  };
  await cp(at(`${target}-old`), at(`${target}-count`), { recursive: true });
  const disk = breakDisk("EIO", 0);
  await writeFiles(at(`${target}-count`), files.new);
  disk.mend();
  return { files, contents, steps: disk.steps.length };
}

/** Writes a set into a folder in a process of its own with a fault (`kill 7`); yields what ended it. */
async function writeInProcess(
  target: TargetName,
  model: Model,
  out: string,
  fault: string,
): Promise<{ readonly signal: string | null; readonly stderr: string }> {
  const [main, preload] = await Promise.all([
    bundled("test/support/writeSet.ts"),
    bundled("test/support/faultyDisk.ts"),
  ]);
  const env = { FAULTY_DISK: fault };
  const args = ["--import", preload, main, at(`from-${target}-${model}`), out, "--force"];
  return new Promise((resolve) => {
    execFile(process.execPath, args, { env: { ...process.env, ...env } }, (error, _, stderr) =>
      resolve({ signal: error?.signal ?? null, stderr }),
    );
  });
}

describe.each(TARGET_NAMES)("a build for %s", (target) => {
  let sets: Sets;
  beforeAll(async () => (sets = await prepare(target)));
  const answers: { readonly where: string; readonly answer: string; readonly model: Model }[] = [];
  const ask = async (out: string): Promise<void> => {
    const isNew = (await contentsOf(out)).get("net.js") === sets.contents.new.get("net.js");
    const answer = await answerOf(out);
    if (answer !== undefined) answers.push({ where: out, answer, model: isNew ? "new" : "old" });
  };

  it.each([
    ["ENOSPC", /: no space left on the device/],
    ["EIO", /: the device reports an error/],
  ] as const)("with %s at any step says so and leaves the old set", async (fault, words) => {
    expect(sets.steps).toBeGreaterThan(10);
    for (let step = 1; step <= sets.steps; step++) {
      const out = at(`${target}-${fault}-${step}`);
      await cp(at(`${target}-old`), out, { recursive: true });
      const disk = breakDisk(fault, step);
      const error: unknown = await writeFiles(out, sets.files.new).catch(
        (thrown: unknown) => thrown,
      );
      disk.mend();
      const where = `${step}: ${disk.steps[step - 1]!}`;
      if (error instanceof Error) {
        expect(error, where).toBeInstanceOf(CompileError);
        expect(error.message, where).toMatch(/^\[usage\] cannot /);
        expect(error.message, where).toMatch(words);
        // All is in place before the folder is flushed.
        const kept = where.includes("flush") && where.endsWith(`-${step}`) ? "new" : "old";
        expect(await contentsOf(out, true), where).toEqual(sets.contents[kept]);
      } else {
        // What it could not link it copied, and what it could not remove the next build sweeps.
        expect(where).toMatch(/: (link|rm) /);
        expect(await contentsOf(out), where).toEqual(sets.contents.new);
      }
    }
  });

  it("that is killed at any step leaves the new set whole, or the old module", async () => {
    for (let step = 1; step <= sets.steps; step++) {
      const out = at(`${target}-kill-${step}`);
      await cp(at(`${target}-old`), out, { recursive: true });
      expect((await writeInProcess(target, "new", out, `kill ${step}`)).signal, String(step)).toBe(
        "SIGKILL",
      );
      const left = await contentsOf(out);
      const model = left.get("net.js") === sets.contents.new.get("net.js") ? "new" : "old";
      if (model === "new") expect(left, String(step)).toEqual(sets.contents.new);
      expect(left.get("net.js"), String(step)).toBe(sets.contents[model].get("net.js"));
      for (const [name, text] of left)
        expect([sets.contents.old, sets.contents.new].map((set) => set.get(name))).toContain(text);
      await ask(out);
      // The next build needs nobody's leave to go on, and sweeps what is left.
      await writeFiles(out, sets.files.new);
      expect(await contentsOf(out, true), String(step)).toEqual(sets.contents.new);
    }
  });

  it("that is killed at any step in an empty folder is done by the next one", async () => {
    for (let step = 1; ; step++) {
      const out = at(`${target}-first-${step}`);
      const { signal, stderr } = await writeInProcess(target, "new", out, `kill ${step}`);
      await writeFiles(out, sets.files.new);
      expect(await contentsOf(out, true), String(step)).toEqual(sets.contents.new);
      if (signal === null) {
        expect({ stderr, many: step > 10 }).toEqual({ stderr: "", many: true });
        break;
      }
    }
  });

  it("beside another into the same folder leaves one of the two sets, or somebody is told", async () => {
    for (let i = 0; i < 12; i++) {
      const out = at(`${target}-both-${i}`);
      const ends = await Promise.all([
        writeInProcess(target, "old", out, "slow 0"),
        writeInProcess(target, "new", out, "slow 0"),
      ]);
      const left = await contentsOf(out, true);
      const whole = [sets.contents.old, sets.contents.new].some((set) =>
        [...set].every(([name, text]) => left.get(name) === text),
      );
      expect(left.size).toBe(sets.contents.new.size);
      if (!whole) expect(ends.map(({ stderr }) => stderr).join("")).toMatch(/at the same time/);
      await ask(out);
    }
  });

  it("leaves nothing that answers from a mixture, whatever became of it", () => {
    expect(answers.length).toBeGreaterThan(10);
    for (const { where, answer, model } of answers)
      expect(answer, where).toBe(MODELS[model].answer);
  });
});
