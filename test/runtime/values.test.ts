/** Inputs are checked by name, element type and length, and copied; i64 goes through 32 bits. */
import { describe, expect, it } from "vitest";
import { allocate, createOutputs, writeInputs, type PortSpec } from "../../runtime/index.js";

const image: PortSpec = { name: "image", type: "f32", shape: [1, 2, 2], length: 4, offset: 1 };
const mask: PortSpec = { name: "mask", type: "bool", shape: [2], length: 2, offset: 6 };
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

  it("takes any byte but 0 for true", () => {
    const memory = allocate(32);
    writeInputs({ mask: Uint8Array.of(255, 2) }, [mask], memory);
    expect([...memory.i32.subarray(6)]).toEqual([1, 1]);
  });

  it("says little of much", () => {
    const name = "\u202e\u009b" + "x".repeat(100_000);
    const many = Array.from({ length: 20_000 }, (_, i) => ({ ...image, name: `${name}${i}` }));
    const deep = { ...image, name, shape: Array.from({ length: 5000 }, () => 1) };
    const texts = [
      () => writeInputs({ [name]: 0 }, [image], allocate(32)),
      () => writeInputs({ y: 0 }, many, allocate(32)),
      () => writeInputs({}, [deep], allocate(32)),
      () =>
        writeInputs(
          {
            image: new (class {
              static readonly name = name;
            })(),
          },
          [image],
          allocate(32),
        ),
    ].map((run) => {
      try {
        run();
        return "";
      } catch (error) {
        return (error as Error).message;
      }
    });
    for (const text of texts) {
      expect(text).toMatch(/^run: /);
      expect(text.length).toBeLessThan(1000);
      // Nothing that a terminal would obey.
      expect(text).not.toMatch(/[\u007f-\u009f\u2028-\u202e]/);
    }
  });

  it("takes i64 values that fit 32 bits and refuses others", () => {
    const memory = allocate(16);
    const spec: PortSpec = { name: "ids", type: "i64", shape: [2], length: 2, offset: 1 };
    writeInputs({ ids: BigInt64Array.of(-3n, 2147483647n) }, [spec], memory);
    expect([...memory.i32]).toEqual([0, -3, 2147483647, 0]);
    const large = BigInt64Array.of(0n, 2n ** 31n);
    expect(() => writeInputs({ ids: large }, [spec], memory)).toThrow(
      'input "ids"[1] = 2147483648 exceeds 32 bits',
    );
  });
});

describe("createOutputs", () => {
  const specs: readonly PortSpec[] = [
    { name: "y", type: "f32", shape: [2], length: 2, offset: 0 },
    { name: "ids", type: "i64", shape: [3], length: 3, offset: 2 },
    { name: "__proto__", type: "bool", shape: [], length: 1, offset: 5 },
  ];
  const memory = allocate(24);
  memory.f32.set([1.5, -2]);
  memory.i32.set([-1, 7, -(2 ** 31), 1], 2);
  const expected = [
    ["y", Float32Array.of(1.5, -2)],
    ["ids", BigInt64Array.of(-1n, 7n, -2147483648n)],
    ["__proto__", Uint8Array.of(1)],
  ];

  it("fills the same frozen arrays each time, with memory of their own", () => {
    const read = createOutputs<Record<string, Float32Array>>(specs, memory);
    const outputs = read();
    expect(Object.entries(outputs)).toEqual(expected);
    expect(Object.isFrozen(outputs)).toBe(true);
    for (const { buffer, byteLength } of Object.values(outputs))
      expect(buffer.byteLength).toBe(byteLength);
    outputs["y"]!.fill(0);
    expect(read()).toBe(outputs);
    expect(Object.entries(outputs)).toEqual(expected);
  });

  it("makes new ones on request", () => {
    const read = createOutputs<Record<string, Float32Array>>(specs, memory);
    const [shared, copy, another] = [read(), read({ copy: true }), read({ copy: true })];
    expect(Object.entries(copy)).toEqual(expected);
    expect(Object.isFrozen(copy)).toBe(true);
    const buffers = [shared, copy, another].flatMap((all) =>
      Object.values(all).map(({ buffer }) => buffer),
    );
    expect(new Set(buffers).size).toBe(9);
  });

  it("says which output was transferred away, and goes on with copies", () => {
    const read = createOutputs<Record<string, Float32Array>>(specs, memory);
    const { buffer } = read()["ids"]!;
    structuredClone(buffer, { transfer: [buffer as ArrayBuffer] });
    expect(() => read()).toThrow(
      new TypeError(
        'run: the memory of output "ids" was transferred away; transfer outputs of run(inputs, { copy: true })',
      ),
    );
    expect(Object.entries(read({ copy: true }))).toEqual(expected);
  });
});
