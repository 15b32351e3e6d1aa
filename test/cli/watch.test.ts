/** `build --watch` as a process: whatever a model is made from, a change builds it anew, and nothing but a signal ends it. */
import { readFileSync, renameSync, rmSync } from "node:fs";
import { afterEach, expect, it } from "vitest";
import { startCommand, type RunningCommand } from "../support/commandProcess.js";
import { emptyFolder } from "../support/emptyFolder.js";

const { at, write } = emptyFolder();
const running: RunningCommand[] = [];
afterEach(async () => {
  for (const command of running.splice(0)) await command.end("SIGKILL");
});

async function watch(...args: readonly string[]): Promise<RunningCommand> {
  const command = await startCommand(at(), "build", "--watch", ...args);
  running.push(command);
  return command;
}

const netText = (op: string): string => `model net(%x: f32[2]) {
  %y = ${op}(%x, @w)
  return y = %y
}
@w : f32[2] = file "w.bin" 0
`;
const WEIGHTS = new Uint8Array(new Float32Array([1, 2]).buffer);
const WAITS = /watching for changes/;
const built = (name: string): string => readFileSync(at(name), "utf8");

it("builds again what changes: the model, its weights, the config, the file beside it", async () => {
  write({ "net.tw": netText("mul"), "w.bin": WEIGHTS, "other.tw": netText("add") });
  const config = (more: object): void =>
    write({
      "tilewright.config.json": JSON.stringify({
        models: [{ model: "net.tw", ...more }, { model: "other.tw" }],
      }),
    });
  config({});
  const command = await watch();
  expect(await command.says(WAITS)).toMatch(/^net\.ts [^]*^other\.ts /m);
  const first = built("net.ts");

  write({ "net.tw": netText("sub") });
  expect(await command.says(WAITS)).not.toContain("other.ts");
  expect(built("net.ts")).not.toBe(first);

  // As an editor saves.
  write({ "net.tw~": netText("mul") });
  renameSync(at("net.tw~"), at("net.tw"));
  await command.says(WAITS);
  expect(built("net.ts")).toBe(first);

  const second = new Uint8Array(new Float32Array([3, 4]).buffer);
  write({ "w.bin": second });
  expect(await command.says(/net\.ts[^]*other\.ts[^]*watching/)).not.toContain("error");
  expect(built("net.ts")).not.toBe(first);

  write({ "net.tilewright.json": `{ "name": "beside" }` });
  const beside = await command.says(WAITS);
  expect(beside).toMatch(/^beside\.ts /m);
  expect(beside).not.toContain("other.ts");
  write({ "net.tilewright.json": `{ "name": "again" }` });
  expect(await command.says(WAITS)).toMatch(/^again\.ts /m);
  rmSync(at("net.tilewright.json"));
  expect(await command.says(WAITS)).toMatch(/^net\.ts /m);

  config({ outDir: "out" });
  await command.says(WAITS);
  expect(built("out/net.ts")).toBe(built("net.ts"));
  expect(await command.end("SIGTERM")).toEqual({ code: 0, signal: null });
});

it("tells what is wrong with a model, and builds the next one that is right", async () => {
  write({ "net.tw": netText("mal"), "w.bin": WEIGHTS });
  const command = await watch("net.tw");
  expect(await command.says(WAITS)).toContain("[unknown-op]");
  write({ "net.tw": netText("mul") });
  expect(await command.says(WAITS)).toContain("net.ts");
  const good = built("net.ts");
  write({ "net.tw": "model" });
  expect(await command.says(WAITS)).toMatch(/error: net\.tw: /);
  rmSync(at("net.tw"));
  expect(await command.says(WAITS)).toContain("cannot read net.tw");
  expect(built("net.ts")).toBe(good);
  write({ "net.tw": netText("add") });
  expect(await command.says(/net\.ts[^]*watching/)).not.toContain("error");
  expect(await command.end("SIGINT")).toEqual({ code: 0, signal: null });
});

it("waits for a config that is wrong to be mended, from the start and later", async () => {
  write({ "net.tw": netText("mul"), "w.bin": WEIGHTS, "part.ts": "export const seed = {};\n" });
  const config = (text: string): void =>
    write({ "tilewright.config.ts": `import { seed } from "./part.js";\n${text}` });
  const good = `export default { seed, models: [{ model: "net.tw" }] };\n`;
  config(good);
  const command = await watch();
  expect(await command.says(/seed is not a text or a number\n[^]*watching/)).not.toContain(
    "net.ts",
  );
  write({ "part.ts": "export const seed = 1;\n" });
  expect(await command.says(WAITS)).toContain("net.ts");
  config("throw new Error(`now`);");
  expect(await command.says(/now\n[^]*watching/)).toContain("tilewright.config.ts");
  config(good.replace("seed", 'name: "mended"'));
  expect(await command.says(WAITS)).toContain("mended.ts");
  expect(await command.end("SIGTERM")).toEqual({ code: 0, signal: null });
});

it.each([
  [[], 2, /build wants a <model>/],
  [["--config", "absent.json"], 2, /absent\.json/],
] as const)("ends where there is nothing to watch: %j", async (args, code, expected) => {
  const command = await watch(...args);
  expect(await command.end()).toEqual({ code, signal: null });
  expect(await command.says(expected)).not.toContain("bug");
});
