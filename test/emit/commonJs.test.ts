/** Modules for Node's `require`: they compute the same, find their files, and have the same types. */
import { mkdtemp, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { compile, type CompileOptions } from "../../compiler/compile.js";
import { writeFiles } from "../../compiler/emit/writeFiles.js";
import { parseDefinition } from "../../compiler/graph/text/parse.js";
import { TARGET_NAMES } from "../../compiler/targets/index.js";
import { command } from "../support/commandLine.js";
import { importCompiled, strictErrors, type EmittedModule } from "../support/emitted.js";

const MODEL = `model net(%x: f32[2]) {
  %y = mul(%x, @w)
  %z = exp(%y)
  return z = %z
}
@w : f32[2] = [1, 2]
`;

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "common-js-"));
});
afterAll(() => rm(folder, { recursive: true }));

describe.each(TARGET_NAMES)("CommonJS for %s", (target) => {
  it.each(["inline", "file"] as const)("computes the same, weights %s", async (weights) => {
    const options: CompileOptions = { target, weights, standalone: true };
    const inputs = { x: new Float32Array([0.5, -1]) };
    const { module } = await importCompiled(parseDefinition(MODEL), options);
    const expected = (await module.load()).run(inputs);

    const name = `${target}-${weights}`;
    const { files } = await compile(parseDefinition(MODEL), { ...options, format: "cjs", name });
    const paths = files.map(({ path }) => path);
    expect(paths.slice(0, 2)).toEqual([`${name}.cjs`, `${name}.d.cts`]);
    await writeFiles(folder, files);
    // No package.json says what kind of modules there are.
    const required = createRequire(join(folder, "use.js"))(`./${name}.cjs`) as EmittedModule;
    const declared = [...String(files[1]!.content).matchAll(/^export declare \w+ (\w+)/gm)];
    expect(Object.keys(required)).toEqual(declared.map(([, name]) => name));
    expect(required).toHaveProperty("create");
    expect((await required.load()).run(inputs)).toEqual(expected);
    // Named exports, as Node reads them off the text.
    const imported = (await import(/* @vite-ignore */ join(folder, `${name}.cjs`))) as object;
    expect(imported).toHaveProperty("load");
    expect(await writeFiles(folder, files)).toHaveLength(files.length);
  });

  it("keeps names of values in strings", async () => {
    const names = ["*/ exports.x = 1; /*", '"; require("x"); "', "__proto__", "exports", "load"];
    const definition = {
      name: "module.exports",
      inputs: names.map((name) => ({ name, dtype: "f32", dims: [1] }) as const),
      nodes: names.map(
        (name) => ({ name, op: "neg", inputs: [`%${name}`], attributes: {} }) as const,
      ),
      outputs: names.map((name) => ({ name, value: `%${name}.node` }) as const),
      constants: [],
    };
    const nodes = definition.nodes.map((node) => ({ ...node, name: `${node.name}.node` }));
    const options = { target, standalone: true, format: "cjs", name: `${target}-names` } as const;
    const { files } = await compile({ ...definition, nodes }, options);
    await writeFiles(folder, files);
    const module = createRequire(join(folder, "use.js"))(`./${target}-names.cjs`) as EmittedModule;
    const inputs = Object.fromEntries(names.map((name, i) => [name, new Float32Array([i + 1])]));
    const outputs = (await module.load()).run(inputs);
    expect(names.map((name) => outputs[name]![0])).toEqual([-1, -2, -3, -4, -5]);
  });

  it("declares the same types", async () => {
    const options = { target, standalone: true, weights: "file" } as const;
    const [modules, required] = await Promise.all([
      compile(parseDefinition(MODEL), { ...options, js: true }),
      compile(parseDefinition(MODEL), { ...options, format: "cjs" }),
    ]);
    const declared = required.files.find(({ path }) => path === "net.d.cts")!;
    expect(declared.content).toBe(modules.files.find(({ path }) => path === "net.d.ts")!.content);
    const use = `import { load } from "./net.cjs";
export const z = async (): Promise<Float32Array> => (await load()).run({ x: new Float32Array(2) }).z;
`;
    expect(strictErrors([declared, { path: "use.ts", content: use }])).toEqual([]);
  });

  it("requires the runtime and nothing else where its files are in it", async () => {
    const options = { target, weights: "inline", format: "cjs" } as const;
    const [module] = (await compile(parseDefinition(MODEL), options)).files;
    expect(String(module!.content).match(/require\([^)]*\)/g)).toEqual([
      'require("tilewright/runtime")',
    ]);
    expect(module!.content).not.toMatch(/^(import|export) /m);
    expect(module!.content).toContain("Options: --target");
    expect(module!.content).toMatch(/^ \* Options: .* --format cjs$/m);
  });
});

it("is JavaScript, and what says otherwise is refused", async () => {
  const compiled = compile(parseDefinition(MODEL), { format: "cjs", js: false });
  await expect(compiled).rejects.toThrow(/format 'cjs' is written in JavaScript, and js is false/);
  const { code, stderr } = await command("build", join(folder, "net.tw"), "--format", "umd");
  expect(code).toBe(2);
  expect(stderr).toMatch(/--format/);
});
