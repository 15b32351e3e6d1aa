/** What a caller does with the arrays that it was given: feeds them back, writes to them, posts them, transfers them. */
import { serialize } from "node:v8";
import { describe, expect, it } from "vitest";
import { parseDefinition } from "../../compiler/graph/text/parse.js";
import type { TensorData } from "../../compiler/base/tensor.js";
import { ENGINES } from "../support/engine.js";
import { loadProduct, type ProductModel } from "../support/product.js";
import { createRandom } from "../support/random.js";

const SIZE = 6;

/** Outputs that are inputs, that read several of them, and one that lies in another's memory. */
const STATES =
  parseDefinition(`model states(%x: f32[2,3], %a: f32[2,3], %b: f32[2,3], %c: f32[2,3]) {
  %sum = add(%a, %x)
  %product = mul(%sum, %b)
  %scaled = mul(%product, @half)
  %mix = sub(%scaled, %c)
  %turned = transpose(%mix) {permutation=[1,0]}
  %flat = reshape(%turned) {shape=[2,3]}
  return a = %mix, b = %a, c = %flat
}
@half : f32[] = [0.5]
`);

/** Of every element type one input that comes back as an output. */
const TYPES = parseDefinition(`model types(%n: i64[5], %i: i32[5], %m: u8[5], %p: bool[5]) {
  %nn = add(%n, %n)
  %ii = sub(%i, %i)
  %mm = concat(%m, %m) {axis=0}
  %pp = not(%p)
  return n = %n, nn = %nn, i = %i, ii = %ii, mm = %mm, p = %p, pp = %pp
}
`);

const random = createRandom(3);
const draw = (): Float32Array => Float32Array.from({ length: SIZE }, () => random.int(-8, 8) / 8);

function permutations<T>(items: readonly T[]): T[][] {
  if (items.length === 0) return [[]];
  return items.flatMap((item, i) =>
    permutations(items.filter((_, j) => j !== i)).map((rest) => [item, ...rest]),
  );
}

function copyOf(outputs: Readonly<Record<string, TensorData>>): Record<string, TensorData> {
  return Object.fromEntries(Object.entries(outputs).map(([name, data]) => [name, data.slice()]));
}

describe.each(ENGINES)("outputs, on %s", (engine) => {
  it.each(permutations(["a", "b", "c"]))("may be fed back as %s, %s, %s", async (...order) => {
    const { model } = await loadProduct(STATES, engine);
    const other = (await loadProduct(STATES, engine)).model;
    const states = { a: draw(), b: draw(), c: draw() };
    let [fed, copied]: Record<string, TensorData>[] = [states, copyOf(states)];
    for (let step = 0; step < 20; step++) {
      const x = draw();
      const inputs = (from: Record<string, TensorData>): object => ({
        ...{ x, a: from[order[0]!], b: from[order[1]!], c: from[order[2]!] },
      });
      fed = model.run(inputs(fed!));
      copied = copyOf(other.run(inputs(copied!)));
      expect(fed).toEqual(copied);
    }
  });

  it("may be one array for several inputs, and read by another model", async () => {
    const { model } = await loadProduct(STATES, engine);
    const x = draw();
    const kept = copyOf(model.run({ x, a: x, b: x, c: x }));
    const copies = [0, 1, 2, 3].map(() => x.slice());
    const [xx, a, b, c] = copies;
    expect(model.run({ x: xx, a, b, c })).toEqual(kept);
    const out = model.run({ x, a: x, b: x, c: x });
    const other = (await loadProduct(STATES, engine)).model;
    expect(other.run({ x, a: out["a"], b: out["a"], c: out["c"] })).toEqual(
      copyOf(model.run({ x, a: out["a"], b: out["a"], c: out["c"] })),
    );
  });

  it("are frozen, and memory of their own that anybody may write to", async () => {
    const { model } = await loadProduct(STATES, engine);
    const inputs = { x: draw(), a: draw(), b: draw(), c: draw() };
    const outputs = model.run(inputs);
    const kept = copyOf(outputs);
    expect(() => Object.assign(outputs, { a: draw() })).toThrow(TypeError);
    for (const data of Object.values(outputs)) {
      expect(data.buffer.byteLength).toBe(data.byteLength);
      data.fill(NaN as never);
    }
    expect(model.run(inputs)).toBe(outputs);
    expect(outputs).toEqual(kept);
  });

  it("are not written to by later runs where they are copies", async () => {
    const { model } = await loadProduct(STATES, engine);
    const run = (): Readonly<Record<string, TensorData>> =>
      model.run({ x: draw(), a: draw(), b: draw(), c: draw() }, { copy: true });
    const [first, second] = [run(), run()];
    const [one, two] = [copyOf(first), copyOf(second)];
    expect(Object.isFrozen(first)).toBe(true);
    run();
    expect([first, second]).toEqual([one, two]);
    expect(one).not.toEqual(two);
  });

  it("cost what they are where they are posted", async () => {
    const { model } = await loadProduct(STATES, engine);
    const { a } = model.run({ x: draw(), a: draw(), b: draw(), c: draw() });
    expect(structuredClone(a)!.buffer.byteLength).toBe(4 * SIZE);
    expect(serialize(a).length).toBeLessThan(4 * SIZE + 64);
  });

  it("that were transferred are missed by name", async () => {
    const { model } = await loadProduct(STATES, engine);
    const inputs = { x: draw(), a: draw(), b: draw(), c: draw() };
    const kept = copyOf(model.run(inputs));
    const { buffer } = model.run(inputs)["b"]!;
    structuredClone(buffer, { transfer: [buffer as ArrayBuffer] });
    expect(() => model.run(inputs)).toThrow(
      /^run: the memory of output "b" was transferred away; transfer outputs of run\(inputs, \{ copy: true \}\)$/,
    );
    const copies = model.run(inputs, { copy: true });
    expect(copies).toEqual(kept);
    const [copied] = [copies["b"]!.buffer as ArrayBuffer];
    structuredClone(copied, { transfer: [copied] });
    expect(model.run(inputs, { copy: true })).toEqual(kept);
  });

  it("of every type come back as they are", async () => {
    const { model } = await loadProduct(TYPES, engine);
    const first = {
      n: BigInt64Array.of(1n, -2n, 3n, -4n, 5n),
      i: Int32Array.of(1, -2, 3, -4, 5),
      m: Uint8Array.of(0, 1, 2, 254, 255),
      p: Uint8Array.of(0, 1, 0, 1, 1),
    };
    const out = model.run(first);
    const { nn, ii, mm } = copyOf(out);
    expect([nn, ii, mm]).toEqual([
      BigInt64Array.of(2n, -4n, 6n, -8n, 10n),
      new Int32Array(5),
      Uint8Array.of(0, 1, 2, 254, 255, 0, 1, 2, 254, 255),
    ]);
    for (let step = 0; step < 3; step++)
      expect(model.run({ n: out["nn"], i: out["i"], m: first.m, p: out["pp"] })).toBe(out);
    expect(out["nn"]).toEqual(BigInt64Array.of(16n, -32n, 48n, -64n, 80n));
    // Turned over once in each of three runs.
    expect(out["p"]).toEqual(Uint8Array.of(1, 0, 1, 0, 0));
    expect(out["pp"]).toEqual(first.p);
  });
});

describe.each(ENGINES)("inputs, on %s", (engine) => {
  it("that are true are 1, whatever byte they are", async () => {
    const { model } = await loadProduct(TYPES, engine);
    const rest = { n: new BigInt64Array(5), i: new Int32Array(5), m: new Uint8Array(5) };
    const outputs = model.run({ ...rest, p: Uint8Array.of(255, 0, 2, 128, 1) });
    expect(outputs["p"]).toEqual(Uint8Array.of(1, 0, 1, 1, 1));
    expect(outputs["pp"]).toEqual(Uint8Array.of(0, 1, 0, 0, 0));
  });

  it("that are refused half way leave nothing behind", async () => {
    const { model } = await loadProduct(
      parseDefinition(`model half(%x: f32[4], %n: i64[4], %z: f32[4]) {
  %y = add(%x, %z)
  %m = add(%n, %n)
  return y = %y, m = %m
}
`),
      engine,
    );
    const good = { x: Float32Array.of(1, 2, 3, 4), n: BigInt64Array.of(1n, 2n, 3n, 4n) };
    const inputs = { ...good, z: new Float32Array(4) };
    const kept = copyOf(model.run(inputs));
    const large = BigInt64Array.of(7n, 7n, 2n ** 40n, 7n);
    const nan = new Float32Array(4).fill(NaN);
    expect(() => model.run({ x: nan, n: large, z: nan })).toThrow(RangeError);
    expect(() => model.run({ x: nan, n: large, z: nan })).toThrow('input "n"[2] = 1099511627776');
    expect(() => model.run({ x: nan, n: good.n, z: new Float32Array(3) })).toThrow(TypeError);
    expect(model.run(inputs)).toEqual(kept);
  });
});

const CELL = parseDefinition(`model cell(%frame: f32[1,8], %hidden: f32[1,8], %memory: f32[1,8]) {
  %both = concat(%frame, %hidden) {axis=1}
  %gates = matmul(%both, @w)
  %keep = sigmoid(%gates)
  %new = tanh(%gates)
  %kept = mul(%keep, %memory)
  %grown = add(%kept, %new)
  %memory_ = mul(%grown, @decay)
  %shown = tanh(%memory_)
  %next = mul(%shown, %keep)
  return hidden = %next, memory = %memory_
}
@w : f32[16,8] = seed 5 center 0 spread 1
@decay : f32[] = [0.75]
`);

const STEPS = 100_000;

/** The bits of the state after all steps, and of all states on the way taken together. */
function stream(model: ProductModel, keep: (data: TensorData) => TensorData): number[] {
  const frame = new Float32Array(8);
  let [hidden, memory]: TensorData[] = [new Float32Array(8), new Float32Array(8)];
  let seen = 0;
  for (let step = 0; step < STEPS; step++) {
    for (let i = 0; i < 8; i++) frame[i] = ((step * 7919 + i * 104729) % 2001) / 1000 - 1;
    const out = model.run({ frame, hidden, memory });
    [hidden, memory] = [keep(out["hidden"]!), keep(out["memory"]!)];
    seen = Math.imul(seen ^ new Int32Array(memory!.buffer)[step & 7]!, 0x9e3779b1);
  }
  return [seen, ...new Int32Array(hidden!.buffer), ...new Int32Array(memory!.buffer)];
}

describe.each(ENGINES)("a cell whose state is fed back, on %s", (engine) => {
  it("says after many steps what it says with copies", async () => {
    const [fed, copied] = [await loadProduct(CELL, engine), await loadProduct(CELL, engine)];
    const bits = stream(fed.model, (data) => data);
    expect(bits).toEqual(stream(copied.model, (data) => data.slice()));
    expect(new Set(bits).size).toBe(bits.length);
  });
});
