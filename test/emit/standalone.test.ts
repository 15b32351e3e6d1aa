/** Modules that stand alone: what of the runtime they have, under what names, and what types they need. */
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { compile } from "../../compiler/compile.js";
import { parseDefinition } from "../../compiler/graph/text/parse.js";
import { TARGET_NAMES } from "../../compiler/targets/index.js";
import { strictErrors } from "../support/emitted.js";

const LINEAR = `model linear(%x: f32[2]) {
  %y = mul(%x, @w)
  return y = %y
}
@w : f32[2] = [1, 2]
`;

/** A module without its kernel is 2 kB. */
const MOST_BYTES = 11_500;

describe("a module that stands alone", () => {
  it.each(TARGET_NAMES)(
    "for %s has what it needs of the runtime once, imports nothing and fits 11.5 kB",
    async (target) => {
      const options = { target, standalone: true, js: true, weights: "file" } as const;
      const { files } = await compile(parseDefinition(LINEAR), options);
      const [{ path, content }] = files as [(typeof files)[0]];
      expect(path).toBe("linear.js");
      expect(content).not.toMatch(/^import |\bfrom "|\brequire\(/m);
      const source = String(content);
      const names = [...source.matchAll(/^(?:export )?(?:async )?(?:function|const) (\w+)/gm)].map(
        (m) => m[1],
      );
      expect(new Set(names).size).toBe(names.length);
      const [one, other] =
        target === "ts" ? ["constantMemory", "createMemory"] : ["createMemory", "constantMemory"];
      expect(names).toEqual(expect.arrayContaining(["hashBytes", "writeInputs", one]));
      expect(names).not.toContain(other);
      expect(names).not.toContain("featureMaps");
      expect(gzipSync(source).length).toBeLessThanOrEqual(MOST_BYTES);
    },
  );
});

describe.each(TARGET_NAMES)("modules for %s", (target) => {
  it.each(["memory", "part", "source", "response", "promise", "range-error", "load-options"])(
    "stand alone where the model is called %s",
    async (name) => {
      const options = { target, standalone: true, weights: "file" } as const;
      const { files } = await compile({ ...parseDefinition(LINEAR), name }, options);
      expect(strictErrors(files)).toEqual([]);
    },
  );

  it("need no types of the DOM or of Node", async () => {
    const alone = { target, standalone: true } as const;
    const builds = await Promise.all([
      compile(parseDefinition(LINEAR), { ...alone, weights: "inline", name: "inline" }),
      compile(parseDefinition(LINEAR), { ...alone, weights: "file", js: true, name: "file" }),
    ]);
    const files = builds.flatMap((one) => one.files).filter(({ path }) => /\.ts$/.test(path));
    expect(files).toHaveLength(2);
    expect(strictErrors(files, { lib: ["lib.es2022.d.ts"] })).toEqual([]);
  });
});
