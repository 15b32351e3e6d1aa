/** Names in ONNX files that try to leave a comment, a string, a path or a terminal: modules that only compute. */
import { existsSync } from "node:fs";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { compile } from "../../compiler/compile.js";
import { readOnnx } from "../../compiler/frontend/onnx/import.js";
import { TARGET_NAMES } from "../../compiler/targets/index.js";
import { tensor } from "../../compiler/base/tensor.js";
import { strictErrors, type EmittedModule } from "../support/emitted.js";
import { onnxModel } from "../support/onnxModel.js";
import { command } from "../support/commandLine.js";

const ATTACK = "globalThis.escaped = true";

const NAMES: readonly string[] = [
  `*/ ${ATTACK}; /*`,
  `"; ${ATTACK}; "`,
  `'; ${ATTACK}; '`,
  `\`; ${ATTACK}; \``,
  `\${${ATTACK}}`,
  `\\"; ${ATTACK}; //`,
  `\n${ATTACK}\n//`,
  `\r${ATTACK}\r//`,
  `\u2028${ATTACK}\u2028//`,
  `\u2029${ATTACK}\u2029//`,
  `</script><script>${ATTACK}</script>`,
  `<!-- ${ATTACK} -->`,
  `;) (; ${ATTACK} ;)`,
  `]: ${ATTACK}, [`,
  "../../escaped",
  "..\\..\\escaped",
  join(tmpdir(), "escaped"),
  "..",
  ".",
  "~",
  "con",
  "nul\0",
  "\u001b]0;escaped\u0007\u001b[2J",
  "\u202egnp.xe",
  "$&$1$`$'",
  "%s%n @w %x",
  "__proto__",
  "constructor",
  "toString",
  "hasOwnProperty",
  "default",
  "load",
  "run",
  "arguments",
  "await",
  "🙂",
  "a".repeat(10_000),
];

let folder = "";
const at = (name: string): string => join(folder, name);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "hostile-names-"));
  await writeFile(at("package.json"), '{ "type": "module" }');
});

afterAll(() => rm(folder, { recursive: true }));

/** A name in every place that has one; `2·x + w` for x of [n]. */
function modelOf(name: string): Uint8Array {
  const [domain, own] = [`${name}.domain`, `${name}.function`];
  return onnxModel(
    {
      inputs: { [`${name}x`]: `f32[${name.replace(/[,\]\s]/g, "")}n]` },
      initializers: { [`${name}w`]: tensor("f32", [1], [3]) },
      nodes: [
        { op: own, domain, in: [`${name}x`], out: [`${name}t`], name: `${name}call` },
        { op: "Add", in: [`${name}t`, `${name}w`], out: [name], name },
      ],
      outputs: [name],
    },
    {
      functions: [
        {
          name: own,
          domain,
          inputs: [`${name}a`],
          outputs: [`${name}r`],
          nodes: [{ op: "Add", in: [`${name}a`, `${name}a`], out: [`${name}r`], name }],
        },
      ],
      change: (model) => Object.assign(model["graph"] as object, { name }),
    },
  );
}

async function run(...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await command(...args);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(stdout).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e]/);
  return stdout;
}

/** What names do no harm in. */
const plain = readOnnx(
  onnxModel({
    inputs: { x: "f32[2]" },
    nodes: [{ op: "Relu", in: ["x"], out: ["y"] }],
    outputs: ["y"],
  }),
);

const shown = NAMES.map((name) => [JSON.stringify(name).slice(0, 40), name] as const);

describe.each(TARGET_NAMES)("for %s", (target) => {
  it.each(shown)("%s is but a name", async (title, name) => {
    const index = NAMES.indexOf(name);
    const path = at(`${index}.onnx`);
    const out = at(`${target}${index}`);
    await writeFile(path, modelOf(name));
    const model = [path, "--target", target, "--shape", `${name}x=2`];
    const emit = target === "wasm" ? ["--emit", "wat"] : [];
    await run("build", ...model, "--out-dir", out, "--js", "--standalone", ...emit);
    const files = await readdir(out);
    const stem = files.find((file) => /\.js$/.test(file) && !file.includes("runtime"))!;
    expect(files.every((file) => /^[\w.-]+$/.test(file))).toBe(true);
    const module = (await import(
      /* @vite-ignore */ pathToFileURL(join(out, stem)).href
    )) as EmittedModule;
    const outputs = (await module.load()).run({ [`${name}x`]: new Float32Array([1, 2]) });
    expect(Object.keys(outputs), title).toEqual([name]);
    expect([...outputs[name]!]).toEqual([5, 7]);
    expect("escaped" in globalThis).toBe(false);
    for (const verb of ["check", "summary", "dump"]) await run(verb, ...model);
  });
});

it.each(TARGET_NAMES)("TypeScript with all of them is TypeScript, for %s", async (target) => {
  const distinct = NAMES.map((name) => name.slice(0, 200));
  const bytes = onnxModel({
    inputs: Object.fromEntries(distinct.map((name) => [`${name}x`, "f32[2]"])),
    nodes: distinct.map((name) => ({ op: "Relu", in: [`${name}x`], out: [name], name })),
    outputs: distinct,
  });
  const { files } = await compile(readOnnx(bytes), { target });
  expect(strictErrors(files)).toEqual(strictErrors((await compile(plain, { target })).files));
});

it("nothing is written but what was asked for", async () => {
  const known = /^(\d+\.onnx|(ts|wasm)\d+|package\.json)$/;
  expect((await readdir(folder)).filter((name) => !known.test(name))).toEqual([]);
  expect(existsSync(join(tmpdir(), "escaped"))).toBe(false);
});
