/** `warm`: calls the bodies of long loops, which do nothing then, and are what they were afterwards. */
import { describe, expect, it } from "vitest";
import { compile } from "../../../compiler/compile.js";
import { parseDefinition } from "../../../compiler/graph/text/parse.js";
import { importCompiled } from "../../support/emitted.js";

const definition = parseDefinition(`model long(%x: f32[1,32,24,24]) {
  %a = conv(%x, @a) {pads=[1,1,1,1]}
  %y = conv(%a, @b)
  return y = %y
}
@a : f32[32,32,3,3] = seed 1 center 0 spread 1
@b : f32[48,32,1,1] = seed 2 center 0 spread 1
`);

const options = { target: "wasm", weights: "file", wasm: "file", wat: true } as const;
const { module, result } = await importCompiled(definition, options);
const contentOf = (ending: string) =>
  result.files.find(({ path }) => path.endsWith(ending))!.content;
const code = new WebAssembly.Module(contentOf("long.wasm") as Uint8Array<ArrayBuffer>);
const x = Float32Array.from({ length: 32 * 24 * 24 }, (_, i) => ((i * 7) % 31) / 31 - 0.5);

/** An instance in a memory that holds 1, 2, 3 … */
function instance() {
  const pages = Number(/\(memory (\d+)/.exec(String(contentOf("long.wat")))![1]);
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
  const words = new Int32Array(memory.buffer);
  words.forEach((_, i) => (words[i] = i));
  const { exports } = new WebAssembly.Instance(code, { env: { memory } });
  return {
    words,
    ...(exports as Record<"warm", (stage: number) => void> & Record<"run", () => void>),
  };
}

describe("warming up", () => {
  it("calls every body that is a function, and changes nothing in memory", () => {
    const text = String(contentOf("long.wat"));
    const bodies = [
      ...text.matchAll(/^\(func (\$\S+\.\S+) .*\n(?: {2}\(local.*\n)* {2}\(loop \$warming/gm),
    ];
    const names = bodies.map(([, name]) => name!);
    expect(names.length).toBeGreaterThan(1);
    const warm = text.slice(text.indexOf('(func (export "warm")'));
    const called = [...warm.matchAll(/\(call (\$[^\s)]+)/g)].map(([, name]) => name);
    expect(called).toEqual(expect.arrayContaining(names));
    const one = instance();
    const before = one.words.slice();
    for (const stage of [0, 1, 2]) one.warm(stage);
    expect(one.words).toEqual(before);
    one.run();
    expect(one.words).not.toEqual(before);
  });

  it("calls what runs begin with before the rest, and nothing twice", async () => {
    const layers = Array.from({ length: 5 }, (_, i) => `  %x${i + 1} = conv(%x${i}, @w${i})\n`);
    const weights = layers.map(
      (_, i) => `@w${i} : f32[${16 * (i + 2)},${16 * (i + 1)},1,1] = seed ${i} center 0 spread 1\n`,
    );
    const { files } = await compile(
      parseDefinition(
        `model net(%x0: f32[1,16,24,24]) {\n${layers.join("")}  return y = %x5\n}\n${weights.join("")}`,
      ),
      options,
    );
    const text = String(files.find(({ path }) => path.endsWith(".wat"))!.content);
    const calls = (part: string): string[] =>
      [...part.matchAll(/\(call (\$[^\s)]+)/g)].map(([, name]) => name!);
    const [, body] = /\(func \(export "warm"\)([^]*?)\n\(func/.exec(text)!;
    const stages = body!.split("(i32.eq (local.get $stage) (i32.const ").slice(1).map(calls);
    const all = stages.flat();
    expect(new Set(all).size).toBe(all.length);
    expect(stages[0]).toEqual([]);
    expect(stages[1]!.length).toBe(Math.ceil(all.length / 4));
    const [, run] = /\(func \(export "run"\)([^]*?)\n\(func/.exec(text)!;
    const order = calls(run!);
    const kernels = all.map((name) => order.indexOf(name.split(".")[0]!));
    expect(kernels).not.toContain(-1);
    expect(kernels).toEqual([...kernels].sort((a, b) => a - b));
  });

  it("calls what tiles leave over, where that is much, and else only bodies", async () => {
    const wat = async (side: number): Promise<string> => {
      const { files } = await compile(
        parseDefinition(`model net(%x: f32[1,512,${side},${side}]) {
  %y = conv(%x, @w) {strides=[2,2]}
  return y = %y
}
@w : f32[128,512,1,1] = seed 1 center 0 spread 1
`),
        { ...options, simd: "plain" },
      );
      return String(files.find(({ path }) => path.endsWith(".wat"))!.content);
    };
    const called = (text: string): boolean =>
      /call \$conv\s/.test(text.slice(text.indexOf('(func (export "warm")')));
    expect(called(await wat(53))).toBe(true);
    expect(called(await wat(55))).toBe(false);
  });

  it("makes no difference to what is computed, and can be left out", async () => {
    const [weights, wasm] = [
      contentOf(".bin"),
      contentOf("long.wasm"),
    ] as Uint8Array<ArrayBuffer>[];
    const given = { weights: weights!, wasm: wasm! };
    const models = [
      await module.load(given),
      await module.load({ ...given, warm: false }),
      module.create(weights!, wasm!),
    ];
    const [first, ...others] = models.map((model) => model.run({ x })["y"]!.slice());
    for (const other of others) expect(other).toEqual(first);
    expect(first!.some((value) => value !== 0)).toBe(true);
  });
});
