/** Configs, files of options and queries become the texts of a command line, or say everything that is wrong with them. */
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { CompileError } from "../../compiler/base/error.js";
import { NO_CACHE } from "../../compiler/project/cache.js";
import { openProject, requestFor } from "../../compiler/project/findConfig.js";
import { readImport } from "../../compiler/project/imports.js";
import { readConfig, readOptions, readQuery } from "../../compiler/project/readConfig.js";
import { emptyFolder } from "../support/emptyFolder.js";

const WHERE = join("/project", "tilewright.config.ts");
const { at, write } = emptyFolder();

/** All problems as lines; none of what throws none. */
async function problemsOf(act: () => unknown): Promise<readonly string[]> {
  try {
    await act();
    return [];
  } catch (error) {
    if (!(error instanceof CompileError)) throw error;
    return error.problems.map(
      ({ message, hint }) => `${message}${hint === undefined ? "" : `; ${hint}`}`,
    );
  }
}

describe("a config", () => {
  it("says what a command line would, with paths from where it lies", () => {
    const { shared, models } = readConfig(
      {
        target: "wasm",
        outDir: "out",
        models: [
          {
            model: "models/net.onnx",
            ...{
              shape: { image: [1, 3, 8, 8], n: [] },
              bind: { k: "k.npy", sr: 16000, b: [1, 2] },
            },
            ...{ weightsFrom: "/weights/a.npz", labels: "./labels.txt", seed: 7 },
            ...{ expose: ["a", "b"], budget: { seconds: 1.5 }, maxSize: "2MB", maxMacs: 3e6 },
            ...{ force: true, js: false, standalone: undefined },
            preprocess: { image: { kind: "image", fit: "crop" } as const },
          },
        ],
      },
      WHERE,
    );
    expect(shared).toEqual({ target: ["wasm"], outDir: ["/project/out"] });
    expect(models).toEqual([
      {
        model: "/project/models/net.onnx",
        given: {
          ...{ target: ["wasm"], outDir: ["/project/out"], force: true },
          ...{ shape: ["image=1,3,8,8", "n="], bind: ["k=/project/k.npy", "sr=16000", "b=1,2"] },
          ...{ weightsFrom: ["/weights/a.npz"], labels: ["/project/labels.txt"], seed: ["7"] },
          ...{
            expose: ["a", "b"],
            budget: ["seconds=1.5"],
            maxSize: ["2MB"],
            maxMacs: ["3000000"],
          },
          preprocess: [`image={"kind":"image","fit":"crop"}`],
        },
      },
    ]);
  });

  it("tells all that is wrong with it at once", async () => {
    const config = {
      ...{
        taget: "wasm",
        outdir: "x",
        shape: [1, 2],
        seed: null,
        expose: "a",
        js: 1,
        bind: { k: {} },
      },
      ...{ postprocess: { y: "classes" }, ["__proto__x"]: 1 },
      models: [{ target: "ts" }, "net.onnx", { model: "net.tw", qqqq: 1, shape: { x: [1, [2]] } }],
    };
    const at = (text: string): string => `${WHERE}: ${text}`;
    expect(await problemsOf(() => readConfig(config, WHERE))).toEqual([
      at("there is no option 'taget'; did you mean 'target'?"),
      at("there is no option 'outdir'; did you mean 'outDir'?"),
      at("shape is not an object of names and values"),
      at("seed is not a text or a number"),
      at("expose is not a list of texts"),
      at("js is not true or false"),
      at("bind is not an object of names and values"),
      at("postprocess is not an object of names and objects"),
      at("there is no option '__proto__x'"),
      at("models[0] has no model: expected the path of one"),
      at("models[1] is not an object of options"),
      at("models[1] has no model: expected the path of one"),
      at("models[2]: there is no option 'qqqq'"),
      at("models[2]: shape is not an object of names and values"),
    ]);
  });

  it.each([[null], [undefined], [[]], ["wasm"], [() => ({})]])("is not %j", async (config) => {
    expect(await problemsOf(() => readConfig(config, WHERE))).toEqual([
      `${WHERE} is not an object of options`,
    ]);
  });

  it("is not a table of models", async () => {
    expect(await problemsOf(() => readConfig({ models: { a: "net.tw" } }, WHERE))).toEqual([
      `${WHERE}: models is not a list`,
    ]);
  });
});

describe("a query", () => {
  const MODEL = "/project/src/net.onnx";
  it.each([
    ["target=wasm&shape=image=1,3,8,8", { target: ["wasm"], shape: ["image=1,3,8,8"] }],
    ["shape=a=1&shape=b=2", { shape: ["a=1", "b=2"] }],
    ["shape=image%3D1%2C3", { shape: ["image=1,3"] }],
    ["labels=class%20names.txt", { labels: ["/project/src/class names.txt"] }],
    ["labels=../a%26b.txt", { labels: ["/project/a&b.txt"] }],
    ["expose=%C3%A9", { expose: ["é"] }],
    ["contentNames", { contentNames: true }],
    ["", {}],
  ])("%s", (query, given) => {
    expect(readQuery(query, MODEL)).toEqual(given);
  });

  it("names all options that there are not", async () => {
    expect(await problemsOf(() => readQuery("tarhet=ts&zzz&__proto__=1", MODEL))).toEqual([
      "net.onnx?tarhet=ts&zzz&__proto__=1: there is no option 'tarhet'; did you mean 'target'?",
      "net.onnx?tarhet=ts&zzz&__proto__=1: there is no option 'zzz'",
      "net.onnx?tarhet=ts&zzz&__proto__=1: there is no option '__proto__'",
    ]);
  });
});

describe("imports", () => {
  it.each([
    ["./net.onnx", { path: "./net.onnx", written: "", query: "", inline: false }],
    ["/a/net.tw?inline", { path: "/a/net.tw", written: "inline", query: "", inline: true }],
    ["./d.model.ts?tilewright", { path: "./d.model.ts", written: "tilewright", query: "" }],
    [
      "./net.onnx?inline&target=ts",
      { written: "inline&target=ts", query: "target=ts", inline: true },
    ],
    ["./net.onnx?import&t=17&target=ts", { written: "target=ts", query: "target=ts" }],
    ["./net.onnx?labels=what?.txt", { query: "labels=what?.txt" }],
  ])("%s", (id, expected) => {
    expect(readImport(id)).toMatchObject(expected);
  });

  it.each([
    "./net.onnx?url",
    "./net.onnx?raw&t=1",
    "./net.ts",
    "./net.onnx.js",
    "./a.onnxx",
    "./tw",
  ])("%s is none of a model", (id) => expect(readImport(id)).toBeUndefined());
});

describe("a project", () => {
  it("lets count most what is said nearest to the use", async () => {
    write({
      "tilewright.config.json": JSON.stringify({
        ...{ seed: 1, target: "ts", simd: "both", labels: "a.txt", disable: ["a"] },
        models: [{ model: "models/net.tw", seed: 2, target: "wasm", labels: "b.txt" }],
      }),
      "models/net.tilewright.json": JSON.stringify({ seed: 3, labels: "c.txt" }),
      "models/net.tw": "",
    });
    const project = await openProject(at(), NO_CACHE);
    const given = (name: string, query = "") => requestFor(project, at(name), query).given;
    const said = { simd: ["both"], disable: ["a"], target: ["wasm"] };
    const labels = (name: string) => [at(name)];
    expect(given("models/net.tw", "seed=4")).toEqual({
      ...said,
      seed: ["4"],
      labels: labels("models/c.txt"),
    });
    expect(given("models/net.tw")).toEqual({
      ...said,
      seed: ["3"],
      labels: labels("models/c.txt"),
    });
    write({ "models/net.tilewright.json": "{}" });
    expect(given("models/net.tw")).toEqual({ ...said, seed: ["2"], labels: labels("b.txt") });
    expect(given("other.tw")).toEqual({
      ...said,
      target: ["ts"],
      seed: ["1"],
      labels: labels("a.txt"),
    });
  });

  it("has no config, or one", async () => {
    expect((await openProject(at(), NO_CACHE)).models).toEqual([]);
    write({ "tilewright.config.ts": "export default {};", "tilewright.config.json": "{}" });
    const [problem, ...others] = await problemsOf(() => openProject(at(), NO_CACHE));
    expect(problem).toMatch(/^there are several configs: .*config\.ts, .*config\.json; keep one/);
    expect(others).toEqual([]);
    expect((await openProject(at(), NO_CACHE, "tilewright.config.json")).file).toBe(
      at("tilewright.config.json"),
    );
  });

  it.each([
    ["json", `{ "seed": 1, "seed": 2 }`, /key 'seed' is there twice/],
    ["json", `{ "seed": `, /it is not JSON/],
    ["json", `{ "sed": 1 }`, /there is no option 'sed'; did you mean 'seed'/],
    ["ts", `throw new Error("no");`, /cannot be imported: no/],
    ["ts", `export default {`, /cannot be imported: /],
    ["ts", `export const config = {};`, /is not an object of options|no option/],
    ["ts", `export default { get seed() { throw new Error("late"); } };`, /late/],
    [
      "ts",
      `const a: object[] = [];\na.push(a);\nexport default { preprocess: { x: { a } } };`,
      /circular/,
    ],
  ])("says where a config is wrong: .%s %s", async (ending, text, expected) => {
    const name = `tilewright.config.${ending}`;
    write({ [name]: text });
    const read: string[] = [];
    const problems = await problemsOf(() =>
      openProject(at(), NO_CACHE, undefined, (path) => read.push(path)),
    );
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(expected);
    expect(problems[0]).toContain(name);
    // Whoever watches hears of it when it is mended.
    expect(read).toContain(at(name));
    expect(dirname(read[0]!)).toBe(at());
  });

  it("says what is wrong with a file beside a model", async () => {
    write({ "net.tilewright.json": `{ "models": [], "target": ["ts"] }` });
    const problems = await problemsOf(() => requestFor({ shared: {}, models: [] }, at("net.tw")));
    expect(problems.join("\n")).toContain("there is no option 'models'");
    expect(problems.join("\n")).toContain("target is not a text or a number");
    expect(readOptions({ $schema: "x" }, at("net.tilewright.json"))).toEqual({});
  });
});
