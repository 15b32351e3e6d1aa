/** Inputs and outputs of every element type: what modules take and give out, with types that say so. */
import { afterEach, describe, expect, it, vi } from "vitest";
import { bfloatOfNumber, halfOfNumber } from "../../compiler/base/float16.js";
import { compile } from "../../compiler/compile.js";
import { parseDefinition } from "../../compiler/graph/text/parse.js";
import { strictErrors } from "../support/emitted.js";
import { loadProduct } from "../support/product.js";

const MODEL =
  parseDefinition(`model stored(%h: f16[2], %b: bf16[2], %d: f64[2], %u: u16[2], %i: i16[2], %n: i4[2]) {
  %hf = add(%h, @half)
  %half = cast(%hf) {to="f16"}
  %bf = add(%b, @half)
  %brain = cast(%bf) {to="bf16"}
  %df = add(%d, @half)
  %double = cast(%df) {to="f64"}
  %short = add(%i, @ones)
  %unsigned = add(%u, %u)
  %nibble = add(%n, %n)
  return half = %half, brain = %brain, double = %double, short = %short, unsigned = %unsigned, nibble = %nibble
}
@half : f32[1] = [0.5]
@ones : i16[1] = [1]
`);

const GIVEN = {
  b: Uint16Array.from([1, -2], bfloatOfNumber),
  d: Float64Array.of(0.1, 1e300),
  u: Uint16Array.of(40000, 1),
  i: Int16Array.of(32767, -1),
  n: Int8Array.of(7, -3),
};

const EXPECTED = {
  brain: Uint16Array.from([1.5, -1.5], bfloatOfNumber),
  double: Float64Array.of(Math.fround(Math.fround(0.1) + 0.5), Infinity),
  short: Int16Array.of(-32768, 0),
  unsigned: Uint16Array.of(14464, 2),
  nibble: Int8Array.of(-2, -6),
};

const HALVES = Uint16Array.from([2048, 2 ** -24], halfOfNumber);

afterEach(() => vi.unstubAllGlobals());

describe.each(["ts", "plain"] as const)("a module for %s", (engine) => {
  it("takes and gives out f16 as bits where the engine has no other form, and all others", async () => {
    vi.stubGlobal("Float16Array", undefined);
    const { model } = await loadProduct(MODEL, engine);
    const half = Uint16Array.from([2048, 0.5], halfOfNumber);
    expect(model.run({ ...GIVEN, h: HALVES })).toEqual({ ...EXPECTED, half });
    expect(model.run({ ...GIVEN, h: Float32Array.of(2048, 2 ** -24) })["half"]).toEqual(half);
  });

  it("takes and gives out a Float16Array where there is one", async () => {
    class Halves extends Float32Array {
      override get [Symbol.toStringTag]() {
        return "Float16Array" as never;
      }
    }
    vi.stubGlobal("Float16Array", Halves);
    const { model } = await loadProduct(MODEL, engine);
    const { half } = model.run({ ...GIVEN, h: new Halves([2048, 1]) });
    expect(half).toEqual(new Halves([2048, 1.5]));
  });
});

const USE = `import { load, type Inputs } from "./stored.js";
const given: Inputs = {
  h: new Uint16Array(2),
  b: new Uint16Array(2),
  d: new Float64Array(2),
  u: new Uint16Array(2),
  i: new Int16Array(2),
  n: new Int8Array(2),
};
const { half, double } = (await load()).run(given);
export const bits: Uint16Array | undefined = half instanceof Uint16Array ? half : undefined;
export const first: number | undefined = half[0];
export const doubles: Float64Array = double;
// @ts-expect-error
export const wrong: Float32Array = half;
`;

it("has types for all of them", async () => {
  for (const js of [false, true]) {
    const { files } = await compile(MODEL, { standalone: true, js, name: "stored" });
    const seen = files.filter(({ path }) => path.endsWith(js ? ".d.ts" : ".ts"));
    expect(strictErrors([...seen, { path: "use.ts", content: USE }])).toEqual([]);
  }
});
