/** Floats of 16 bits are the same numbers for callers and in the arena, every one of them. */
import { describe, expect, it } from "vitest";
import {
  bfloatOfNumber,
  halfOfNumber,
  numberOfBfloat,
  numberOfHalf,
} from "../../compiler/base/float16.js";
import { decodeHalves, encodeHalves } from "../../runtime/halves.js";
import { allocate, createOutputs, portsOf, writeInputs } from "../../runtime/index.js";

const ALL = Uint16Array.from({ length: 65536 }, (_, bits) => bits);

describe.each([
  ["f16", numberOfHalf, halfOfNumber],
  ["bf16", numberOfBfloat, bfloatOfNumber],
] as const)("%s", (type, numberOf, bitsOf) => {
  it("has every pattern as its number", () => {
    const memory = allocate(4 * 65536);
    decodeHalves(ALL, type, memory, 0);
    const wrong = ALL.filter((bits) => !Object.is(memory.f32[bits], numberOf(bits)));
    expect(wrong).toEqual(new Uint16Array());
  });

  it("gives every number out as its pattern", () => {
    const memory = allocate(4 * 65536);
    memory.f32.set(Array.from(ALL, numberOf));
    const bits = new Uint16Array(65536);
    encodeHalves(memory.i32, type, bits);
    const wrong = ALL.filter((one) => bits[one] !== one && !Number.isNaN(numberOf(one)));
    expect(wrong).toEqual(new Uint16Array());
    expect(numberOf(bits[type === "f16" ? 0x7e01 : 0x7fc1]!)).toBeNaN();
  });

  it("goes through a port", () => {
    const memory = allocate(16);
    const ports = portsOf({ x: { type, shape: [4] } }, { x: 0 });
    const given = Uint16Array.from([1.5, -0, 3, 2 ** -14], bitsOf);
    writeInputs({ x: given }, ports, memory);
    expect([...memory.f32]).toEqual([1.5, -0, 3, 2 ** -14]);
    const { x } = createOutputs<{ x: ArrayLike<number> }>(ports, memory)();
    const back = x instanceof Uint16Array ? x : Uint16Array.from(Array.from(x), bitsOf);
    expect(back).toEqual(given);
    writeInputs({ x: Float32Array.of(1, 2, 3, 4) }, ports, memory);
    expect([...memory.f32]).toEqual([1, 2, 3, 4]);
  });
});

it("says which arrays an input of f16 may be", () => {
  const ports = portsOf({ x: { type: "f16", shape: [2] } }, { x: 0 });
  expect(() => writeInputs({ x: new Int16Array(2) }, ports, allocate(8))).toThrow(
    'input "x" must be a Float16Array or Uint16Array or Float32Array of 2 (2), got Int16Array of 2',
  );
});
