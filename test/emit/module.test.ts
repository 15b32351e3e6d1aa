/** Emitted modules: what they look like, what they compute, and that no name from a model can break out. */
import { describe, expect, it } from "vitest";
import { compile, type CompileOptions } from "../../compiler/compile.js";
import { evaluateGraph } from "../../compiler/graph/evaluate.js";
import { parseDefinition } from "../../compiler/graph/text/parse.js";
import { TARGET_NAMES } from "../../compiler/targets/index.js";
import { elementCount, tensor, type Tensor } from "../../compiler/base/tensor.js";
import { SIMDS } from "../support/simd.js";
import { runProgram } from "../support/runProgram.js";
import { importCompiled, strictErrors, type Arrays } from "../support/emitted.js";

const linear = `model "tiny-net"(%x: f32[2,3]) {
  %y = matmul(%x, @w, @b) {axis=1}
  %z = relu(%y)
  return logits = %z
}
@w : f32[2,3] = [1, -2, 0.5, 3, 0.25, -1]
@b : f32[2] = [0.125, -0.5]
`;

const branches = `model branches(%x: f32[1,3,4,4], %y: f32[1,2,4,4]) {
  %a = sigmoid(%x)
  %b = neg(%y)
  %c = concat(%a, %b) {axis=1}
  %s = softmax(%c) {axis=1}
  %r = reduceMean(%s) {axes=[2,3]}
  return soft = %s, means = %r, same = %x
}
`;

const seeded = `model seeded(%x: f32[3,40]) {
  %y = matmul(%x, @w) {axis=1}
  %t = tanh(%y)
  return t = %t
}
@w : f32[24,40] = seed 7 center 0 spread 0.3
`;

function inputsOf(definitionText: string, seed: number): Map<string, Tensor> {
  let state = seed;
  const next = (): number => {
    state = (Math.imul(state, 1103515245) + 12345) | 0;
    return ((state >>> 8) / 2 ** 23 - 1) * 2;
  };
  return new Map(
    parseDefinition(definitionText).inputs.map(({ name, dims, dtype }) => {
      const sizes = dims.map(Number);
      const values = Array.from({ length: elementCount(sizes) }, next);
      return [name, tensor(dtype, sizes, values)];
    }),
  );
}

const arraysOf = (inputs: ReadonlyMap<string, Tensor>): Arrays =>
  Object.fromEntries([...inputs].map(([name, { data }]) => [name, data]));

/** Every target, and both kinds of WebAssembly where this engine has them. */
const builds: readonly (readonly [string, CompileOptions])[] = [
  ["ts", { target: "ts" }],
  ["wasm", { target: "wasm" }],
  ...SIMDS.map((simd) => [`wasm, ${simd}`, { target: "wasm", simd }] as const),
];

describe.each(builds)("emitted modules compute what the model says, %s", (_, build) => {
  it.each([
    { title: "linear", text: linear, weights: "inline" },
    { title: "linear", text: linear, weights: "file" },
    { title: "branches", text: branches, weights: "inline" },
    { title: "seeded", text: seeded, weights: "file" },
  ] as const)("$title, weights $weights", async ({ text, weights }) => {
    const { module, result } = await importCompiled(parseDefinition(text), {
      ...build,
      weights,
    });
    const model = await module.load();
    const rounding = build.target === "wasm";
    const seen: number[] = [];
    for (const seed of [1, 2]) {
      const inputs = inputsOf(text, seed);
      const expected = evaluateGraph(result.graph, inputs);
      const outputs = model.run(arraysOf(inputs));
      const interpreted = runProgram(result.program, inputs, rounding);
      for (const { name, value } of result.graph.outputs) {
        const want = expected.get(value)?.data ?? inputs.get(value.slice(1))!.data;
        const got = outputs[name]!;
        expect(got.length).toBe(want.length);
        for (let i = 0; i < want.length; i++)
          expect(Number(got[i])).toBeCloseTo(Number(want[i]), 5);
        if (build.simd === "plain" || build.target === "ts")
          expect(got).toEqual(interpreted.get(name)!.data);
      }
      const [first] = Object.values(outputs);
      seen.push(Number(first![0]));
    }
    expect(seen[0]).not.toBe(seen[1]);
  });

  it("gives every element type its own array", async () => {
    const text = `model types(%x: f32[4], %n: i64[4], %m: u8[4]) {
  %up = greater(%x, @zero)
  %sum = add(%n, %n)
  %i = cast(%x) {to="i32"}
  %b = cast(%x) {to="i8"}
  %both = concat(%m, %m) {axis=0}
  return up = %up, sum = %sum, i = %i, b = %b, bytes = %both
}
@zero : f32[] = [0]
`;
    const { module } = await importCompiled(parseDefinition(text), build);
    const model = module.create();
    const outputs = model.run({
      x: new Float32Array([-1.5, 0, 2.75, 100]),
      n: new BigInt64Array([1n, -2n, 3n, 1000000000n]),
      m: new Uint8Array([0, 1, 2, 200]),
    });
    expect(outputs).toEqual({
      up: new Uint8Array([0, 0, 1, 1]),
      sum: new BigInt64Array([2n, -4n, 6n, 2000000000n]),
      i: new Int32Array([-1, 0, 2, 100]),
      b: new Int8Array([-1, 0, 2, 100]),
      bytes: new Uint8Array([0, 1, 2, 200, 0, 1, 2, 200]),
    });
    expect(
      model.run({ x: new Float32Array(4), n: new BigInt64Array(4), m: new Uint8Array(4) }),
    ).toBe(outputs);
  });

  it("refuses wrong inputs and weights", async () => {
    const { module } = await importCompiled(parseDefinition(linear), {
      ...build,
      weights: "file",
    });
    expect(() => module.create(new Uint8Array(3))).toThrow(/3 bytes, expected \d+/);
    const model = await module.load();
    expect(() => model.run({})).toThrow(/input "x" must be a Float32Array of 6/);
    expect(() => model.run({ x: new Float32Array(5) })).toThrow(/got Float32Array of 5/);
    expect(() => model.run({ x: new Float32Array(6), y: new Float32Array(1) })).toThrow(
      /no input "y"/,
    );
  });
});

describe.each(TARGET_NAMES)("the files, %s", (target) => {
  it("are the same bytes every time", async () => {
    const definition = parseDefinition(seeded);
    const first = await compile(definition, { target, standalone: true });
    const second = await compile(parseDefinition(seeded), { target, standalone: true });
    expect(second.files).toEqual(first.files);
    expect(first.files.map(({ path }) => path)).toEqual(["seeded.ts"]);
  });

  it("pass tsc at its strictest", async () => {
    const texts = [linear, branches, seeded].flatMap((text) =>
      (["inline", "file"] as const).map((weights) => ({ text, weights })),
    );
    // One project checks all of them in the time of one.
    const built = await Promise.all(
      texts.map(({ text, weights }, i) => {
        const threads = target === "wasm" && i % 2 === 0;
        const options = { target, weights, threads, standalone: true, name: `module${i}` };
        return compile(parseDefinition(text), options);
      }),
    );
    expect(strictErrors(built.map(({ files }) => files[0]!))).toEqual([]);
  });

  it("declare the same types as JavaScript", async () => {
    const { files } = await compile(parseDefinition(linear), {
      target,
      standalone: true,
      js: true,
    });
    expect(files.map(({ path }) => path)).toEqual(["tiny-net.js", "tiny-net.d.ts"]);
    const use = `import { load, type TinyNet } from "./tiny-net.js";
const model: TinyNet = await load();
export const logits: Float32Array = model.run({ x: new Float32Array(6) }).logits;
// @ts-expect-error
model.run({ y: new Float32Array(6) });
`;
    const declared = files.filter(({ path }) => path.endsWith(".d.ts"));
    expect(strictErrors([...declared, { path: "use.ts", content: use }])).toEqual([]);
  });

  it("import the runtime and nothing else", async () => {
    const { files } = await compile(parseDefinition(linear), { target });
    const imports = String(files[0]!.content).match(/from "[^"]*"/g);
    expect(new Set(imports)).toEqual(new Set(['from "tilewright/runtime"']));
  });

  it("read as a person would have written them", async () => {
    const { files } = await compile(parseDefinition(linear), { target, weights: "file" });
    expect(files[0]!.content).toMatchSnapshot();
  });
});

it("a module of several threads reads as a person would have written it", async () => {
  const options = { target: "wasm", weights: "file", threads: true } as const;
  const { files } = await compile(parseDefinition(linear), options);
  expect(files[0]!.content).toMatchSnapshot();
});

describe.each(TARGET_NAMES)("names from models, %s", (target) => {
  const names = [
    "*/ process.exit(3) /*",
    'quote " and \\ and ` ${1}',
    "line\nbreak\u2028here",
    "__proto__",
    "constructor",
    "class",
    "</script>",
  ];

  it("stay strings as names of inputs and outputs", async () => {
    const definition = {
      name: "hostile",
      inputs: names.map((name) => ({ name, dtype: "f32", dims: [3] }) as const),
      nodes: names.map(
        (name) =>
          ({ name: `${name}.node`, op: "neg", inputs: [`%${name}`], attributes: {} }) as const,
      ),
      outputs: names.map((name) => ({ name, value: `%${name}.node` }) as const),
      constants: [],
    };
    const { files } = await compile(definition, { target, standalone: true });
    expect(strictErrors(files)).toEqual([]);
    const { module } = await importCompiled(definition, { target });
    const inputs = Object.fromEntries(names.map((name, i) => [name, new Float32Array([i, 2, 3])]));
    const outputs = module.create().run(inputs);
    expect(Object.keys(outputs)).toEqual(names);
    names.forEach((name, i) => expect(outputs[name]).toEqual(new Float32Array([-i || -0, -2, -3])));
  });

  it.each(names)("%j as the name of a model stays in its comment", async (name) => {
    const definition = parseDefinition(linear);
    const { module, result } = await importCompiled({ ...definition, name }, { target });
    expect(result.files.every(({ path }) => /^[A-Za-z0-9_.-]+$/.test(path))).toBe(true);
    expect(module.create().run({ x: new Float32Array(6) })["logits"]).toHaveLength(4);
  });
});
