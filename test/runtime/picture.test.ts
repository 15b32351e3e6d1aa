/** Pictures are taken with their sides: those of the input, or any up to them. */
import { describe, expect, it } from "vitest";
import { allocate, writeInputs, type PortSpec } from "../../runtime/index.js";

const fixed: PortSpec = { name: "photo", type: "u8", shape: [2, 3, 4], length: 24, offset: 1 };
const upTo: PortSpec = { ...fixed, upTo: true };
const size: PortSpec = {
  name: "photo.size",
  type: "i32",
  shape: [2],
  length: 2,
  offset: 26,
  sizeOf: "photo",
};
const bytes = (count: number): Uint8ClampedArray =>
  Uint8ClampedArray.from({ length: count }, (_, i) => i + 1);

function written(inputs: object, specs: readonly PortSpec[]): number[] {
  const memory = allocate(4 * 28);
  memory.i32.fill(-1);
  writeInputs(inputs, specs, memory);
  return [...memory.i32];
}

describe("a picture of one size", () => {
  it("is an array, or has its sides", () => {
    const expected = [-1, ...bytes(24), -1, -1, -1];
    expect(written({ photo: bytes(24) }, [fixed])).toEqual(expected);
    expect(written({ photo: new Uint8Array(bytes(24)) }, [fixed])).toEqual(expected);
    const photo = { data: bytes(24), width: 3, height: 2 };
    expect(written({ photo }, [fixed])).toEqual(expected);
    expect(written({ photo: { ...photo, data: Buffer.from(bytes(24)) } }, [fixed])).toEqual(
      expected,
    );
  });

  it.each([
    [
      { data: bytes(24), width: 2, height: 3 },
      'picture "photo" must be 2 × 3 (height × width), got 3 × 2',
    ],
    [{ data: bytes(4), width: 1, height: 1 }, "must be 2 × 3 (height × width), got 1 × 1"],
    [
      { data: bytes(18), width: 3, height: 2 },
      "of 2 × 3 must have 24 bytes, 4 a pixel, got 18 bytes",
    ],
    [{ data: new Float32Array(24), width: 3, height: 2 }, "got data that are no Uint8Array"],
    [{ data: bytes(24) }, "must be 2 × 3 (height × width), got undefined × undefined"],
    [{ width: 3, height: 2 }, 'input "photo" must be a Uint8Array of 24 (2 × 3 × 4), got Object'],
  ])("is not %o", (photo, message) => {
    expect(() => written({ photo }, [fixed])).toThrow(message);
  });

  it("is of bytes, and of three dims", () => {
    const photo = { data: bytes(24), width: 3, height: 2 };
    for (const other of [
      { ...fixed, type: "f32" },
      { ...fixed, shape: [24] },
    ] satisfies PortSpec[]) {
      expect(() => written({ photo }, [other])).toThrow('input "photo" must be');
    }
  });
});

describe("a picture of any size up to one", () => {
  it("lies as the largest would, and says its size", () => {
    const photo = { data: bytes(16), width: 2, height: 2 };
    const rows = [...bytes(8), -1, -1, -1, -1, ...bytes(16).subarray(8), -1, -1, -1, -1];
    expect(written({ photo }, [upTo, size])).toEqual([-1, ...rows, -1, 2, 2]);
    const wide = { data: bytes(12), width: 3, height: 1 };
    const empty = new Array<number>(12).fill(-1);
    expect(written({ photo: wide }, [upTo, size])).toEqual([-1, ...bytes(12), ...empty, -1, 1, 3]);
  });

  it("may be an array of the largest with a size beside it", () => {
    const inputs = { photo: bytes(24), "photo.size": Int32Array.of(1, 2) };
    expect(written(inputs, [upTo, size])).toEqual([-1, ...bytes(24), -1, 1, 2]);
  });

  it.each([
    [{ data: bytes(24), width: 6, height: 1 }, "must be at most 2 × 3 (height × width), got 1 × 6"],
    [{ data: bytes(0), width: 0, height: 2 }, "must be at most 2 × 3 (height × width), got 2 × 0"],
    [{ data: bytes(4), width: 0.5, height: 2 }, "got 2 × 0.5"],
    [{ data: bytes(4), width: NaN, height: 1 }, "got 1 × NaN"],
    [{ data: bytes(4), width: "1", height: 1 }, "must be at most"],
    [{ data: bytes(5), width: 1, height: 1 }, "of 1 × 1 must have 4 bytes, 4 a pixel, got 5 bytes"],
    [bytes(24), '"photo.size" must be a Int32Array of 2 (2), or "photo" { data, width, height }'],
    [bytes(4), 'input "photo" must be a Uint8Array of 24'],
  ])("is not %o", (photo, message) => {
    expect(() => written({ photo }, [upTo, size])).toThrow(message);
  });

  it("says its size once", () => {
    const photo = { data: bytes(4), width: 1, height: 1 };
    const inputs = { photo, "photo.size": Int32Array.of(1, 1) };
    expect(() => written(inputs, [upTo, size])).toThrow(
      '"photo" says its size itself, and so does "photo.size"',
    );
  });
});
