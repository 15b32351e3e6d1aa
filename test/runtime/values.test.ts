/** Inputs are checked by name, element type and length, and copied; i64 goes through 32 bits. */
import { describe, expect, it } from "vitest";
import { allocate, widen, writeInputs, type InputSpec } from "../../runtime/index.js";

const image: InputSpec = { name: "image", type: "f32", shape: [1, 2, 2], length: 4, offset: 1 };
const mask: InputSpec = { name: "mask", type: "bool", shape: [2], length: 2, offset: 6 };
const f32 = (...values: number[]): Float32Array => Float32Array.from(values);

describe("writeInputs", () => {
  it("copies each input to its place and leaves the rest alone", () => {
    const memory = allocate(32);
    writeInputs({ mask: Uint8Array.of(1, 0), image: f32(1, 2, 3, 4) }, [image, mask], memory);
    expect([...memory.f32.subarray(0, 6)]).toEqual([0, 1, 2, 3, 4, 0]);
    expect([...memory.i32.subarray(6)]).toEqual([1, 0]);
  });

  it.each([
    [{}, 'run: input "image" must be a Float32Array of 4 (1 × 2 × 2), got undefined'],
    [
      { image: f32(1) },
      'input "image" must be a Float32Array of 4 (1 × 2 × 2), got Float32Array of 1',
    ],
    [{ image: [1, 2, 3, 4] }, "must be a Float32Array of 4 (1 × 2 × 2), got Array of 4"],
    [
      { image: new Float64Array(4) },
      "must be a Float32Array of 4 (1 × 2 × 2), got Float64Array of 4",
    ],
    [{ image: f32(1, 2, 3, 4), imgae: 0 }, 'there is no input "imgae"; the inputs are "image"'],
    [{ image: new DataView(new ArrayBuffer(4)) }, "got DataView"],
    [null, 'run: expected an object with "image", got null'],
    [f32(1), 'there is no input "0"'],
  ])("refuses %o", (inputs, message) => {
    expect(() => writeInputs(inputs as object, [image], allocate(32))).toThrow(message);
  });

  it("does not take an inherited property for an input", () => {
    const spec = { ...image, name: "toString" };
    expect(() => writeInputs({}, [spec], allocate(32))).toThrow("got function");
  });

  it.each([
    ["u8", Uint8Array.of(255, 1)],
    ["u8", Uint8ClampedArray.of(255, 1)],
    ["u8", Buffer.from([255, 1])],
    ["i8", Int8Array.of(-1, 1)],
    ["i32", Int32Array.of(-5, 1)],
  ] as const)("widens %s to 32 bits", (type, values) => {
    const memory = allocate(8);
    writeInputs({ a: values }, [{ name: "a", type, shape: [2], length: 2, offset: 0 }], memory);
    expect([...memory.i32]).toEqual([...values]);
  });

  it("takes i64 values that fit 32 bits and refuses others", () => {
    const memory = allocate(16);
    const spec: InputSpec = { name: "ids", type: "i64", shape: [2], length: 2, offset: 1 };
    writeInputs({ ids: BigInt64Array.of(-3n, 2147483647n) }, [spec], memory);
    expect([...memory.i32]).toEqual([0, -3, 2147483647, 0]);
    const large = BigInt64Array.of(0n, 2n ** 31n);
    expect(() => writeInputs({ ids: large }, [spec], memory)).toThrow(
      'input "ids"[1] = 2147483648 exceeds 32 bits',
    );
  });
});

describe("widen", () => {
  it("keeps the sign", () => {
    const to = new BigInt64Array(3);
    widen(Int32Array.of(-1, 7, -(2 ** 31)), to);
    expect([...to]).toEqual([-1n, 7n, -2147483648n]);
  });
});
