/** Builds of several models that are killed: of each model the old set is there or the new one, and the next build goes on. */
import { cpSync, mkdirSync, readFileSync, readdirSync } from "node:fs";
import { expect, it } from "vitest";
import { bundled } from "../support/bundle.js";
import { commandIn } from "../support/commandLine.js";
import { shellLine, type ShellOutcome } from "../support/commandProcess.js";
import { emptyFolder } from "../support/emptyFolder.js";

const { at, write } = emptyFolder();
const MODELS = ["one", "two"];

const netText = (name: string, op: string): string => `model ${name}(%x: f32[2]) {
  %y = ${op}(%x, @w)
  return y = %y
}
@w : f32[2] = [${op.charCodeAt(0)}, 2]
`;

/** The files of a model as one text, without what waits to be swept. */
function setOf(folder: string, name: string): string {
  const names = readdirSync(at(folder, "out")).filter(
    (one) => one.startsWith(name) && !/\.(tmp|old)$/.test(one),
  );
  return names.map((one) => `${one}\n${readFileSync(at(folder, "out", one), "latin1")}`).join("\n");
}

const build = (folder: string, env: Readonly<Record<string, string>> = {}): Promise<ShellOutcome> =>
  shellLine("tilewright build", { cwd: at(folder), env });

it("leaves each model's old set or its new one", async () => {
  const preload = await bundled("test/support/faultyDisk.ts");
  const config = {
    ...{ outDir: "out", js: true, weights: "file", standalone: true },
    models: MODELS.map((name) => ({ model: `${name}.tw` })),
  };
  const models = (op: string): Readonly<Record<string, string>> =>
    Object.fromEntries(MODELS.map((name) => [`old/${name}.tw`, netText(name, op)]));
  write({ ...models("add"), "old/tilewright.config.json": JSON.stringify(config) });
  expect((await build("old")).code).toBe(0);
  const before = MODELS.map((name) => setOf("old", name));
  write(models("mul"));
  cpSync(at("old"), at("new"), { recursive: true });
  expect((await build("new")).code).toBe(0);
  const after = MODELS.map((name) => setOf("new", name));

  const seen = new Set<string>();
  // Every step of one model is tried elsewhere.
  for (let step = 1, killed = true; killed; step += 3) {
    const folder = `step${step}`;
    mkdirSync(at(folder));
    cpSync(at("old"), at(folder), { recursive: true });
    const env = { FAULTS: `--import ${preload}`, FAULTY_DISK: `kill ${step}` };
    const { code, stderr } = await build(folder, env);
    killed = code !== 0;
    const which = MODELS.map((name, i) => {
      const module = readFileSync(at(folder, "out", `${name}.js`), "latin1");
      const isNew = after[i]!.includes(module);
      if (isNew) expect(setOf(folder, name), `${step}: ${stderr}`).toBe(after[i]);
      else expect(before[i], `${step}: ${stderr}`).toContain(module);
      return isNew ? "new" : "old";
    });
    seen.add(which.join());
    expect((await commandIn(at(folder), "build")).code).toBe(0);
    expect(MODELS.map((name) => setOf(folder, name))).toEqual(after);
    expect(readdirSync(at(folder, "out"))).toEqual(readdirSync(at("new/out")));
  }
  // Each is built behind the one before it.
  expect([...seen]).toEqual(["old,old", "new,old", "new,new"]);
});
