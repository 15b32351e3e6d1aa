/** Declarations of imports: what TypeScript makes of them, and files that are not up to date. */
import { existsSync, readFileSync, readdirSync, rmSync, statSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { commandIn } from "../support/commandLine.js";
import { emptyFolder } from "../support/emptyFolder.js";
import { projectErrors } from "../support/projectTypes.js";

const { at, write } = emptyFolder();
const netText = (size: number): string => `model net(%x: f32[1,${size}], %n: u8[3]) {
  %y = relu(%x)
  return logits = %y, n = %n
}
`;
const CODED = `import { linear, model } from "tilewright";
export default model("coded", { x: [1, 3] }, linear({ inFeatures: 3, outFeatures: 2 }));
`;
const USES = `import { inputs, load } from "./net.tw";
import { load as loadWasm, outputs } from "./net.tw?target=wasm";
import { load as loadCoded } from "../models/digits.model.ts?tilewright";

const shape: readonly [1, 7] = inputs.x.shape;
const { type } = outputs.logits;
const dtype: "f32" = type;
const model = await load();
const { logits } = model.run({ x: new Float32Array(7), n: new Uint8ClampedArray(3) });
const first: number | undefined = logits[0];
(await loadWasm({})).run({ x: logits, n: new Uint8Array(3) });
(await loadCoded()).run({ x: new Float32Array(3) });
export { shape, dtype, first };
`;
const MISUSES: readonly (readonly [text: string, error: RegExp])[] = [
  [
    `import { load } from "./net.tw";\n(await load()).run({ x: new Float32Array(7) });\n`,
    /'n' is missing/,
  ],
  [
    `import { load } from "./net.tw";\n(await load()).run({ x: new Uint8Array(7), n: new Uint8Array(3) });\n`,
    /Float32Array/,
  ],
  [
    `import { inputs } from "./net.tw";\nexport const [a, b, c] = inputs.x.shape;\n`,
    /length '2' has no element at index '2'/,
  ],
  [
    `import { outputs } from "./net.tw?target=wasm";\nexport const { probs } = outputs;\n`,
    /'probs' does not exist/,
  ],
  [
    `import { absent } from "../models/digits.model.ts?tilewright";\nexport { absent };\n`,
    /no exported member '?absent/,
  ],
  [`import { load } from "./net.tw?target=ts";\nexport { load };\n`, /Cannot find module/],
];

function project(): void {
  write({ "src/net.tw": netText(7), "models/digits.model.ts": CODED, "src/main.ts": USES });
  write({ "node_modules/other/index.ts": `import "../../src/gone.tw";` });
  write({ "src/generated.d.ts": `import "./net.tw?target=ts";` });
}
const declared = (): string[] =>
  ["src", "models"].flatMap((folder) =>
    readdirSync(at(folder)).filter((name) => /\.d\.|\.d$/.test(name) && name !== "generated.d.ts"),
  );

describe("types", () => {
  it("says what TypeScript has to know, exactly", async () => {
    project();
    const { code, stderr, stdout } = await commandIn(at(), "types", "src");
    expect({ code, stderr, stdout }).toEqual({
      code: 0,
      stderr: "",
      stdout: "3 imports of models\n",
    });
    const files = declared();
    expect(files.sort()).toEqual([
      "digits.model.ts.tilewright.d.ts",
      "net.d.tw.ts",
      "net.tw.target-wasm.d.ts",
    ]);
    const wrong = MISUSES.map(([text], i) => [`src/wrong${i}.ts`, text] as const);
    write(Object.fromEntries(wrong));
    const all = [
      "src/main.ts",
      "src/net.tw.target-wasm.d.ts",
      "models/digits.model.ts.tilewright.d.ts",
    ];
    const errors = projectErrors(at(), [...all, ...wrong.map(([name]) => name)]);
    MISUSES.forEach(([, expected], i) => {
      const own = errors.filter((error) => error.startsWith(`src/wrong${i}.ts`));
      expect(own.join("\n"), MISUSES[i]![0]).toMatch(expected);
    });
    expect(errors.filter((error) => !error.startsWith("src/wrong"))).toEqual([]);
  });

  it("--check writes nothing, and fails where one is missing or says another thing", async () => {
    project();
    const missing = await commandIn(at(), "types", "src", "--check");
    expect(missing.code).toBe(1);
    expect(missing.stderr.match(/\[stale-output\]/g)).toHaveLength(3);
    expect(declared()).toEqual([]);
    await commandIn(at(), "types", "src");
    const time = statSync(at("src/net.d.tw.ts")).mtimeMs;
    expect((await commandIn(at(), "types", "src", "--check")).code).toBe(0);
    write({ "src/net.tw": netText(8) });
    const changed = await commandIn(at(), "types", "src", "--check");
    expect(changed.code).toBe(1);
    expect(changed.stderr.match(/\[stale-output\]/g)).toHaveLength(2);
    expect(statSync(at("src/net.d.tw.ts")).mtimeMs).toBe(time);
    rmSync(at("models/digits.model.ts.tilewright.d.ts"));
    await commandIn(at(), "types", "src");
    expect(readFileSync(at("src/net.d.tw.ts"), "utf8")).toContain("8");
    expect((await commandIn(at(), "types", "src", "--check")).code).toBe(0);
  });

  it("names what is wrong, and declares the others", async () => {
    project();
    write({ "src/bad.tw": netText(7).replace("relu", "rely") });
    write({ "src/more.ts": `import "./bad.tw";\nimport "./net.tw?shape=q=1";\n` });
    const { code, stderr } = await commandIn(at(), "types", "src");
    expect(code).toBeGreaterThan(0);
    expect(stderr).toMatch(/bad\.tw: \[unknown-op\]/);
    expect(stderr).toMatch(/net\.tw.*'?q'?/);
    expect(declared()).toHaveLength(3);
  });

  it("never replaces another's file", async () => {
    project();
    write({ "src/net.d.tw.ts": "mine" });
    const { code, stderr } = await commandIn(at(), "types", "src");
    expect(code).toBe(2);
    expect(stderr).toContain("was not written by Tilewright");
    expect(readFileSync(at("src/net.d.tw.ts"), "utf8")).toBe("mine");
    expect(existsSync(at("src/net.tw.target-wasm.d.ts"))).toBe(true);
  });

  it.each([
    [["src/none.ts"], /there is no import of a model in src\/none\.ts/],
    [["absent.ts"], /cannot read absent\.ts/],
    [[], /types wants a <\.\.\.sources>/],
    [["src/plain.ts"], /digits\.model\.ts: .*\?tilewright/],
  ])("tells a mistake: %j", async (args, expected) => {
    project();
    write({ "src/none.ts": `export {};`, "src/plain.ts": `import "../models/digits.model.ts";` });
    const { code, stderr } = await commandIn(at(), "types", ...args);
    expect(stderr).toMatch(expected);
    expect(code).toBe(2);
  });
});
