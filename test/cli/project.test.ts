/** Builds of all models of a config: one that is wrong keeps no other from being built, and files that are there are held to what would be built. */
import { existsSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { commandIn, type Outcome } from "../support/commandLine.js";
import { emptyFolder } from "../support/emptyFolder.js";

const { at, write } = emptyFolder();
const run = (...args: readonly string[]): Promise<Outcome> => commandIn(at(), ...args);

const netText = (op: string): string => `model net(%x: f32[2]) {
  %y = ${op}(%x, @w)
  return y = %y
}
@w : f32[2] = [1, 2]
`;

/** A config of models by their names, in JSON. */
const config = (
  models: readonly object[],
  shared: object = {},
): Readonly<Record<string, string>> => ({
  "tilewright.config.json": JSON.stringify({ ...shared, models }),
});

const lines = (text: string): string[] => text.trim().split("\n");

describe("build without a model", () => {
  it("builds all, each as it is said of it", async () => {
    write({
      "a/one.tw": netText("add"),
      "two.tw": netText("mul"),
      "two.tilewright.json": `{ "js": true }`,
      ...config([{ model: "a/one.tw" }, { model: "two.tw", outDir: "other" }], { outDir: "out" }),
    });
    const { code, stderr, stdout } = await run("build");
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(readdirSync(at("out"))).toEqual(["one.ts"]);
    expect(readdirSync(at("other"))).toEqual(["two.d.ts", "two.js"]);
    expect(stdout).toMatch(/^out\/one\.ts {2}\d+ bytes, \d+ gzipped$/m);
    expect(stdout).toMatch(/^a client downloads [\d,]+ bytes, [\d,]+ gzipped$/m);
    // Of the command line most counts, for all.
    expect((await run("build", "--out-dir", "third")).code).toBe(0);
    expect(readdirSync(at("third"))).toEqual(["one.ts", "two.d.ts", "two.js"]);
  });

  it("builds the others where one is wrong, and names it", async () => {
    write({
      "one.tw": netText("add"),
      "wrong.tw": netText("adt").replace("return", "%z = rely(%x)\n  return z = %z,"),
      "two.tw": netText("mul"),
      ...config(["one", "wrong", "absent", "two"].map((name) => ({ model: `${name}.tw` }))),
    });
    const { code, stderr } = await run("build");
    expect(readdirSync(at()).filter((name) => name.endsWith(".ts"))).toEqual(["one.ts", "two.ts"]);
    expect(lines(stderr)).toHaveLength(3);
    expect(lines(stderr)[0]).toMatch(/^error: wrong\.tw: \[unknown-op\].*adt/);
    expect(lines(stderr)[1]).toMatch(/^error: wrong\.tw: \[unknown-op\].*rely/);
    expect(lines(stderr)[2]).toMatch(/^error: absent\.tw: \[usage\] cannot read absent\.tw/);
    // The gravest: a path that leads nowhere is a mistake of the config.
    expect(code).toBe(2);
    rmSync(at("tilewright.config.json"));
    write(config([{ model: "one.tw" }, { model: "wrong.tw" }]));
    expect((await run("build")).code).toBe(1);
  });

  it("says it as data", async () => {
    write({ "one.tw": netText("add"), "two.tw": netText("mul") });
    write(config([{ model: "one.tw" }, { model: "two.tw" }]));
    const { stdout } = await run("build", "--json");
    expect(
      (JSON.parse(stdout) as object[]).map((one) => Object.keys(one).includes("download")),
    ).toEqual([true, true]);
  });

  it("keeps two models of one name apart", async () => {
    write({ "a/net.tw": netText("add"), "b/net.tw": netText("mul") });
    write(config([{ model: "a/net.tw" }, { model: "b/net.tw" }]));
    const { code, stderr } = await run("build");
    expect(stderr).toMatch(/^error: b\/net\.tw: \[usage\] .*net\.\*, as those of a\/net\.tw are/);
    expect(code).toBe(2);
    expect(readFileSync(at("net.ts"), "utf8")).toContain("+");
  });

  it.each([
    [{}, [], /build wants a <model>: no config here lists any.*tilewright init/],
    [config([]), [], /build wants a <model>/],
    [config([{ model: "net.tw" }]), ["--config", "absent.json"], /absent\.json/],
    [config([{ model: "net.tw", nam: "x" }]), [], /models\[0\]: there is no option 'nam'/],
    [
      config([{ model: "net.tw" }]),
      ["--check", "--watch"],
      /--check and --watch do not go together/,
    ],
  ])("wants a config: %j %j", async (files, args, expected) => {
    write({ "net.tw": netText("add"), ...files });
    const { code, stderr } = await run("build", ...args);
    expect(stderr).toMatch(expected);
    expect(code).toBe(2);
  });

  it("asks the config of a model that is named, too, and of verbs that only read", async () => {
    write({ "net.tw": netText("add").replace("x: f32[2]", "x: f32[N]") });
    expect((await run("check", "net.tw")).code).toBe(1);
    write(config([{ model: "net.tw", shape: { x: [2] }, outDir: "out", name: "other" }]));
    expect((await run("check", "net.tw")).code).toBe(0);
    expect((await run("build", "net.tw")).code).toBe(0);
    expect(readdirSync(at("out"))).toEqual(["other.ts"]);
  });
});

describe("build --check", () => {
  const check = async (): Promise<Outcome> => {
    const names = existsSync(at("out")) ? readdirSync(at("out")) : [];
    const before = names.map((name) => statSync(at("out", name)).mtimeMs);
    const outcome = await run("build", "--check");
    const after = existsSync(at("out")) ? readdirSync(at("out")) : [];
    expect(after).toEqual(names);
    expect(names.map((name) => statSync(at("out", name)).mtimeMs)).toEqual(before);
    return outcome;
  };

  it("fails where a file is missing, changed, or of a model that is another now; and writes nothing", async () => {
    write({ "one.tw": netText("add"), "two.tw": netText("mul") });
    write(config([{ model: "one.tw" }, { model: "two.tw" }], { outDir: "out", weights: "file" }));
    const missing = await check();
    expect(missing.code).toBe(1);
    expect(lines(missing.stderr)).toHaveLength(4);
    expect(missing.stderr).toMatch(
      /^error: one\.tw: \[stale-output\] out\/one\.ts is missing; build/,
    );
    expect((await run("build")).code).toBe(0);
    expect(await check()).toMatchObject({ code: 0, stderr: "" });

    const weights = readdirSync(at("out")).find((name) => /^two.*\.bin$/.test(name))!;
    const bytes = readFileSync(at("out", weights));
    bytes[0] = bytes[0]! ^ 1;
    write({ [`out/${weights}`]: bytes });
    const changed = await check();
    expect(changed.code).toBe(1);
    expect(lines(changed.stderr)).toEqual([
      `error: two.tw: [stale-output] out/${weights} is not what would be built; build again and commit what comes out`,
    ]);

    write({ "one.tw": netText("sub") });
    expect((await check()).stderr).toMatch(/one\.tw: .*out\/one\.ts is not what would be built/);
    expect((await run("build")).code).toBe(0);
    expect((await check()).code).toBe(0);
  });

  it("holds one model to its files as well", async () => {
    write({ "one.tw": netText("add") });
    expect((await run("build", "one.tw", "--check")).code).toBe(1);
    await run("build", "one.tw");
    expect((await run("build", "one.tw", "--check")).code).toBe(0);
    write({ "one.ts": `${readFileSync(at("one.ts"), "utf8")}\n` });
    expect((await run("build", "one.tw", "--check")).code).toBe(1);
  });
});
