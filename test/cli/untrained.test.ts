/** A model whose parameters are random says so wherever it is built, checked, run or spoken of. */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { build } from "vite";
import { untrainedOf } from "../../compiler/analysis/untrained.js";
import { tilewright } from "../../compiler/bundler/vite.js";
import { writeNpy } from "../../compiler/cli/npy.js";
import { compile } from "../../compiler/compile.js";
import { withWeights } from "../../compiler/frontend/weights/assign.js";
import { constantTensor } from "../../compiler/graph/constants.js";
import { parseDefinition } from "../../compiler/graph/text/parse.js";
import lenet5 from "../../examples/lenet5/model.js";
import { command } from "../support/commandLine.js";

/** Two random parameters are used, `given` has values, `unused` is read by nobody who is asked for anything. */
const TEXT = `model part(%x: f32[4]) {
  %a = mul(%x, @scale)
  %b = add(%a, @shift)
  %c = add(%b, @given)
  %dead = add(%x, @unused)
  return y = %c
}
@scale : f32[4] = seed 1 center 0 spread 0.5
@shift : f32[4] = seed 2 center 0 spread 0.5
@given : f32[4] = [1, 2, 3, 4]
@unused : f32[4] = seed 3 center 0 spread 0.5
`;
const WORDS = "2 of 3 parameters are random (scale, shift)";
const NAMES = ["scale", "shift"];

let folder = "";
const at = (name: string): string => join(folder, name);
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "untrained-"));
  await writeFile(at("part.tw"), TEXT);
  await writeFile(at("x.npy"), writeNpy({ dtype: "f32", dims: [4] }, new Float32Array(4)));
});
afterAll(() => rm(folder, { recursive: true }));

const WARNING = `warning: untrained: ${WORDS}; --weights-from gives them trained values\n`;

describe("a model with random parameters", () => {
  it.each(["build", "run", "export", "bench"])("is warned of by %s", async (verb) => {
    const args: Readonly<Record<string, readonly string[]>> = {
      build: ["--out-dir", at("built")],
      run: ["--out-dir", at("run"), "--input", at("x.npy")],
      export: ["--out-file", at("part.onnx")],
    };
    const { code, stderr } = await command(verb, at("part.tw"), ...(args[verb] ?? []));
    expect({ code, stderr }).toEqual({ code: 0, stderr: WARNING });
  });

  it("is named by check and summary, in words and as JSON", async () => {
    for (const verb of ["check", "summary"]) {
      const { stdout, stderr } = await command(verb, at("part.tw"));
      expect(stdout.split("\n")).toContain(`untrained: ${WORDS}`);
      expect(stderr).toBe("");
    }
    for (const verb of ["check", "summary", "bench"]) {
      const { stdout } = await command(verb, at("part.tw"), "--json");
      expect(JSON.parse(stdout)).toMatchObject({ untrained: NAMES });
    }
    const built = await command("build", at("part.tw"), "--json", "--out-dir", at("json"));
    expect(JSON.parse(built.stdout)).toMatchObject({ untrained: NAMES });
    expect(built.stderr).toBe(WARNING);
  });

  it.each(["ts", "wasm"] as const)("is named in the module of %s", async (target) => {
    await command("build", at("part.tw"), "--target", target, "--out-dir", at(target));
    const text = await readFile(join(at(target), "part.ts"), "utf8");
    expect(text).toContain(`\n * Untrained: ${WORDS}\n`);
  });
});

describe("a bundler", () => {
  it("is warned of one that it imports, of one in the cache, too", async () => {
    await writeFile(at("page.js"), 'import { load } from "./part.tw"; load();');
    for (let round = 0; round < 2; round++) {
      const warnings: string[] = [];
      const log = (_level: string, { message }: { readonly message: string }): void =>
        void warnings.push(message);
      await build({
        configFile: false,
        root: folder,
        logLevel: "silent",
        plugins: [tilewright({ cache: at("cache"), config: false, types: false })],
        build: {
          write: false,
          rollupOptions: { input: at("page.js"), onLog: log, external: ["tilewright/runtime"] },
        },
      });
      expect(warnings.join("\n")).toContain(`part.tw: untrained: ${WORDS}`);
    }
  });
});

describe("trained models", () => {
  it("are said nothing of", async () => {
    const drawn = lenet5.constants.map((one) => [one.name, constantTensor(one)] as const);
    const trained = withWeights(lenet5, new Map(drawn));
    const { report, files } = await compile(trained);
    expect(report.untrained).toEqual([]);
    expect(files[0]!.content).not.toContain("Untrained");
    const random = await compile(lenet5);
    expect(random.report.untrained).toEqual(lenet5.constants.map(({ name }) => name));
    expect(random.files[0]!.content).toMatch(
      /\n \* Untrained: 10 of 10 parameters are random \(\S+, \S+, \S+ and 7 more\)\n/,
    );
  });

  it("have parameters with values of a constant's own, and no random ones where nobody reads them", () => {
    expect(untrainedOf(parseDefinition(TEXT))).toEqual({ names: NAMES, parameters: 3 });
  });

  it("have names that can end no comment and steer no terminal", async () => {
    const text = TEXT.replace("@shift :", '@"*/\\n\\u001b[31m" :').replace(
      "@shift)",
      '@"*/\\n\\u001b[31m")',
    );
    await writeFile(at("hostile.tw"), text);
    const { stderr } = await command("build", at("hostile.tw"), "--out-dir", at("hostile"));
    expect(stderr).toContain("(scale, */\\u000a\\u001b[31m)");
    expect(stderr).not.toContain("\u001b");
    const module = await readFile(at("hostile/hostile.ts"), "utf8");
    const header = module.slice(0, module.indexOf("*/"));
    expect(header).toContain('random (scale, "*\\/\\n\\u001b[31m")');
  });
});
