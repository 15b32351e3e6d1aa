/** A project that `init` sets up: its config builds, and its test is right for whatever the model reads. */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, readdirSync, symlinkSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { commandIn } from "../support/commandLine.js";
import { emptyFolder } from "../support/emptyFolder.js";
import { projectErrors } from "../support/projectTypes.js";

const { at, write } = emptyFolder();
const root = fileURLToPath(new URL("../../", import.meta.url));

/** Inputs of every type. */
const TYPES = `model types(%f: f32[2,3], %u: u8[4], %i: i32[2], %l: i64[], %s: i8[3], %b: bool[5]) {
  %y = relu(%f)
  return f = %y, u = %u, i = %i, l = %l, s = %s, b = %b
}
`;
const PICTURE = `model picture(%x: f32[1,3,4,4]) {
  %y = relu(%x)
  return y = %y
}
`;
const HOSTILE = `it's "a" \${model}.tw`;

/** Tests of all folders, run by vitest as a project would. */
function runTests(): { readonly code: number | null; readonly said: string } {
  symlinkSync(`${root}node_modules`, at("node_modules"));
  const alias = { "tilewright/runtime": `${root}runtime/index.ts` };
  write({ "vitest.config.mjs": `export default ${JSON.stringify({ resolve: { alias } })};` });
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [`${root}node_modules/vitest/vitest.mjs`, "run", "--root", at()],
    { cwd: at(), encoding: "utf8", env: { PATH: process.env["PATH"] } },
  );
  return { code: status, said: stdout + stderr };
}

it("builds, type-checks and passes its own test", async () => {
  write({
    "types/deep/types.tw": TYPES,
    "picture/picture.tw": PICTURE,
    "picture/picture.tilewright.json": JSON.stringify({
      preprocess: { x: { kind: "image", from: "rgb8", size: { upTo: [8, 8] } } },
    }),
    "empty/README.md": "",
  });
  const names = ["types", "picture", "empty"];
  for (const name of names) {
    const { code, stdout, stderr } = await commandIn(at(), "init", name);
    expect({ code, stderr }, name).toEqual({ code: 0, stderr: "" });
    expect(stdout).toContain(`${name}/tilewright.config.ts\n`);
    const built = await commandIn(at(name), "build");
    expect(built.code, built.stderr).toBe(0);
  }
  const written = ["tilewright.config.ts", "test/models.test.ts"];
  const files = names.flatMap((name) => written.map((file) => `${name}/${file}`));
  expect(projectErrors(at(), files)).toEqual([]);
  expect(readdirSync(at("empty"), { recursive: true })).toEqual(
    expect.arrayContaining(["models/example.model.ts", "src/generated/example.ts"]),
  );
  expect(readFileSync(at("types/tilewright.config.ts"), "utf8")).toContain(`"deep/types.tw"`);
  const { code, said } = runTests();
  expect(code, said).toBe(0);
  expect(said).toMatch(/3 passed/);
});

describe("what is there", () => {
  it.each(["tilewright.config.ts", "test/models.test.ts"])("stays: %s", async (name) => {
    write({ "net.tw": PICTURE, [name]: "mine" });
    const { code, stderr } = await commandIn(at(), "init");
    expect(code).toBe(2);
    expect(stderr).toBe(`error: [usage] ${name} is there already\n`);
    expect(readFileSync(at(name), "utf8")).toBe("mine");
    expect(readdirSync(at(), { recursive: true })).toHaveLength(name.includes("/") ? 3 : 2);
  });

  it("is no second config", async () => {
    write({ "net.tw": PICTURE, "tilewright.config.json": "{}" });
    const { code, stderr } = await commandIn(at(), "init");
    expect(code).toBe(2);
    expect(stderr).toContain("tilewright.config.json is there already");
    expect(existsSync(at("tilewright.config.ts"))).toBe(false);
  });
});

it("lists models below the folder, however they are called, and none of other packages", async () => {
  write({
    [HOSTILE]: PICTURE,
    "src/digits.model.ts": "",
    "models/photo.onnx": "",
    "node_modules/other/net.onnx": "",
    ".git/net.tw": "",
    "src/model.ts": "",
  });
  expect((await commandIn(at(), "init")).code).toBe(0);
  const config = readFileSync(at("tilewright.config.ts"), "utf8");
  expect(config.match(/model: .*(?= \})/g)).toEqual([
    `model: ${JSON.stringify(HOSTILE)}`,
    `model: "models/photo.onnx"`,
    `model: "src/digits.model.ts"`,
  ]);
  const test = readFileSync(at("test/models.test.ts"), "utf8");
  expect(test).toContain(JSON.stringify(`../src/generated/${HOSTILE.slice(0, -3)}.js`));
});

it("says that there is no such folder", async () => {
  const { code, stderr } = await commandIn(at(), "init", "absent");
  expect(code).toBe(2);
  expect(stderr).toMatch(/\[usage\] cannot .*absent: there is no such/);
});
