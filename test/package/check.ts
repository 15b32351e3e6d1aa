/** Packs the package, installs it as a user would, and looks at it with publint, attw, Node and TypeScript. */
import { rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { install, newFolder, pack, project, ROOT, run } from "./folder.js";
import { installedIn } from "./installed.js";
import { BUILDS, TYPE_PROJECTS, typeProject } from "./types.js";

/** What an install may bring at most. */
const MOST_PACKAGES = 22;
const MOST_MEGABYTES = 45;

/** What emitted modules import is there for every resolver; the compiler is ES modules alone. */
const DUAL = ["runtime", "postprocess"];

const MODEL = `model net(%x: f32[2]) {
  %y = mul(%x, @w)
  return y = %y
}
@w : f32[2] = [1, 2]
`;

const failures: string[] = [];

function expectTo(what: string, ok: boolean, text = ""): void {
  console.log(`${ok ? "ok  " : "FAIL"} ${what}`);
  if (ok) return;
  failures.push(what);
  if (text !== "") console.log(text.replace(/^/gm, "     "));
}

const folder = newFolder();
const tarball = pack(folder);
const manifest = { name: "app", version: "1.0.0", private: true };

function checkInstall(app: string): void {
  const { packages, megabytes, scripts } = installedIn(app);
  expectTo(`${packages} packages of at most ${MOST_PACKAGES}`, packages <= MOST_PACKAGES);
  expectTo(`${megabytes} MB of at most ${MOST_MEGABYTES}`, megabytes <= MOST_MEGABYTES);
  expectTo("nothing has install scripts", scripts.length === 0, scripts.join("\n"));
}

/** Sources of the runtime do not hide what is built of them from resolvers that do not read `exports`. */
function checkResolvers(app: string): void {
  for (const name of DUAL) {
    const found = `require.resolve("./node_modules/tilewright/${name}")`;
    const text = `const { ok } = require("node:assert"); ok(Object.keys(require(${found})).length > 0); ok(Object.keys(require("tilewright/${name}")).length > 0);`;
    const required = run(app, process.execPath, "-e", text);
    expectTo(`require("tilewright/${name}"), by exports and by folder`, required.ok, required.text);
    const imported = run(
      app,
      process.execPath,
      "--input-type=module",
      "-e",
      `import * as all from "tilewright/${name}"; if (Object.keys(all).length === 0) throw new Error("empty");`,
    );
    expectTo(`import "tilewright/${name}"`, imported.ok, imported.text);
  }
}

function checkTools(tools: string): void {
  const publint = run(tools, "npx", "publint", tarball, "--strict");
  expectTo("publint finds nothing", publint.ok && /All good/.test(publint.text), publint.text);
  // require() of an ES module works in every Node that this needs, but no resolver of before says so.
  const all = run(tools, "npx", "attw", tarball, "--profile", "esm-only", "--format", "ascii");
  expectTo("attw finds nothing, as of a package of ES modules", all.ok, all.text);
  const dual = run(tools, "npx", "attw", tarball, "--entrypoints", ...DUAL, "--format", "ascii");
  expectTo(`attw finds nothing of ${DUAL.join(", ")}, by every resolver`, dual.ok, dual.text);
}

/** Modules that the installed command builds, in projects of every kind. */
function checkTypes(app: string): void {
  const command = join("node_modules", ".bin", "tilewright");
  for (const [name, ...flags] of BUILDS)
    for (const [ending, ...more] of [["ts"], ["js", "--js"], ["cjs", "--format", "cjs"]] as const) {
      const given = ["build", "net.tw", "--name", name, "--out-dir", ending, ...flags, ...more];
      const built = run(app, command, ...given);
      if (!built.ok) expectTo(`build of ${name}.${ending}`, false, built.text);
    }
  const tsc = join(ROOT, "node_modules", "typescript", "bin", "tsc");
  for (const one of TYPE_PROJECTS) {
    project(app, typeProject(one));
    const checked = run(app, process.execPath, tsc, "-p", ".");
    expectTo(`types of modules under ${one.title}`, checked.ok, checked.text);
  }
}

const app = project(join(folder, "app"), {
  "package.json": { ...manifest, type: "module" },
  "net.tw": MODEL,
});
if (!install(app, [tarball])) {
  console.log("SKIPPED: nothing can be installed; is there a network?");
} else {
  checkInstall(app);
  checkResolvers(app);
  symlinkSync(join(ROOT, "node_modules", "@types"), join(app, "node_modules", "@types"), "dir");
  symlinkSync(
    join(ROOT, "node_modules", "undici-types"),
    join(app, "node_modules", "undici-types"),
    "dir",
  );
  checkTypes(app);
  const tools = project(join(folder, "tools"), { "package.json": manifest });
  if (install(tools, ["publint@0.3", "@arethetypeswrong/cli@0.18"])) checkTools(tools);
  else console.log("SKIPPED: publint and attw cannot be installed; is there a network?");
}
rmSync(folder, { recursive: true, force: true });
console.log(failures.length === 0 ? "the package is sound" : `${failures.length} checks failed`);
process.exitCode = failures.length === 0 ? 0 : 1;
