/** Moves inputs into the arena after checking them, without allocating. */
import { lost } from "./bytes.js";
import { decodeHalves } from "./halves.js";
import type { Memory } from "./memory.js";
import { isByteArray, isPicture, writePicture, type Picture } from "./picture.js";
import { list, quote, short } from "./text.js";

/** Element types of inputs and outputs. */
export type ElementType = keyof typeof EXPECTED;

/** What a module says of an input or an output. */
export interface PortInfo {
  readonly type: ElementType;
  readonly shape: readonly number[];
  /** What the dims are, such as NCHW. */
  readonly layout?: string;
  /** A picture of any size up to the shape. */
  readonly upTo?: true;
  /** Height and width of the picture of this name: those that it has itself, unless they are given. */
  readonly sizeOf?: string;
}

/** An input or an output as it is moved. */
export interface PortSpec extends PortInfo {
  readonly name: string;
  /** Elements. */
  readonly length: number;
  /** Its first element in the arena. */
  readonly offset: number;
}

/** By name what a module says of its ports, and where each begins. */
export function portsOf(
  infos: Readonly<Record<string, PortInfo>>,
  offsets: Readonly<Record<string, number>>,
): readonly PortSpec[] {
  return Object.entries(infos).map(([name, info]) => {
    const length = info.shape.reduce((product, extent) => product * extent, 1);
    return { ...info, name, length, offset: offsets[name]! };
  });
}

/** The arrays that inputs may be; floats of 16 bits as their patterns, too, or wider. */
const EXPECTED = {
  f32: ["Float32Array"],
  i32: ["Int32Array"],
  i64: ["BigInt64Array"],
  u8: ["Uint8Array"],
  i8: ["Int8Array"],
  bool: ["Uint8Array"],
  f64: ["Float64Array"],
  f16: ["Float16Array", "Uint16Array", "Float32Array"],
  bf16: ["Uint16Array", "Float32Array"],
  u16: ["Uint16Array"],
  i16: ["Int16Array"],
  u4: ["Uint8Array"],
  i4: ["Int8Array"],
} as const;

/**
 * Copies every input to its place. Throws a TypeError on a missing, unknown, wrongly typed or sized input, a
 * RangeError on an i64 beyond 32 bits; then another run has to write all of them.
 */
export function writeInputs(inputs: object, specs: readonly PortSpec[], memory: Memory): void {
  if (typeof inputs !== "object" || inputs === null)
    throw new TypeError(`run: expected an object with ${namesOf(specs)}, got ${describe(inputs)}`);
  for (const name in inputs) checkName(name, specs);
  for (let i = 0; i < specs.length; i++) {
    const spec = specs[i]!;
    const value = (inputs as Readonly<Record<string, unknown>>)[spec.name];
    const picture = (inputs as Readonly<Record<string, unknown>>)[spec.sizeOf ?? spec.name];
    if (!isPicture(picture)) writeInput(value, spec, memory);
    else if (spec.sizeOf === undefined) writePixels(picture, spec, memory);
    else if (value === undefined) writeSize(picture, spec, memory.i32);
    else
      throw new TypeError(
        `run: ${quote(spec.sizeOf)} says its size itself, and so does ${quote(spec.name)}`,
      );
  }
}

/** Of a picture that was found to be right before: it comes first among the inputs. */
function writeSize({ height, width }: Picture, { offset }: PortSpec, i32: Int32Array): void {
  i32[offset] = height;
  i32[offset + 1] = width;
}

/** The same inputs in arrays of their own, whatever becomes of those that were given. */
export function copyOfInputs<Inputs extends object>(inputs: Inputs): Inputs {
  const copy = (value: unknown): unknown => {
    if (isPicture(value)) return { ...sidesOf(value), data: copy(value.data) };
    return ArrayBuffer.isView(value) && "slice" in value ? (value as Uint8Array).slice() : value;
  };
  return Object.fromEntries(
    Object.entries(inputs).map(([name, value]) => [name, copy(value)]),
  ) as Inputs;
}

/** Of what may be an `ImageData`, whose own properties none of these are. */
const sidesOf = ({ width, height }: Picture) => ({ width, height });

function checkName(name: string, specs: readonly PortSpec[]): void {
  for (let i = 0; i < specs.length; i++) if (specs[i]!.name === name) return;
  throw new TypeError(`run: there is no input ${quote(name)}; the inputs are ${namesOf(specs)}`);
}

function writeInput(value: unknown, spec: PortSpec, memory: Memory): void {
  if (!isExpected(value, spec.type) || value.length !== spec.length) reject(value, spec);
  if (spec.type === "i64") narrow(value as unknown as BigInt64Array, spec, memory.i32);
  else if (spec.type === "bool") normalize(value as unknown as Uint8Array, spec, memory.i32);
  else if (!isFloat(spec.type)) memory.i32.set(value as Int32Array, spec.offset);
  else if (isBits(value)) decodeHalves(value, spec.type as "f16", memory, spec.offset);
  else memory.f32.set(value as Float32Array, spec.offset);
}

/** Whether values are f32 in the arena. */
export function isFloat(type: ElementType): boolean {
  return type === "f32" || type === "f16" || type === "bf16" || type === "f64";
}

function isBits(value: ArrayBufferView): value is Uint16Array {
  return tagOf(value) === "Uint16Array";
}

function tagOf(value: ArrayBufferView): string {
  return (value as Uint8Array)[Symbol.toStringTag];
}

/** Bytes of three dims are height, width and channels. */
function writePixels(value: Picture, spec: PortSpec, memory: Memory): void {
  if (spec.type !== "u8" || spec.shape.length !== 3) reject(value, spec);
  writePicture(value, spec, memory.i32);
}

function reject(value: unknown, { name, type, length, shape, sizeOf }: PortSpec): never {
  const size = sizeOf === undefined ? "" : `, or ${quote(sizeOf)} { data, width, height }`;
  throw new TypeError(
    `run: input ${quote(name)} must be a ${list<string>(EXPECTED[type], String, " or ")} of ${length} ` +
      `(${list(shape, String, " × ") || "a scalar"})${size}, got ${describe(value)}`,
  );
}

/** Compared by tag, so that arrays of other realms and subclasses will do. */
function isExpected(
  value: unknown,
  type: ElementType,
): value is ArrayBufferView & { readonly length: number } {
  if (type === "u8") return isByteArray(value);
  if (!ArrayBuffer.isView(value)) return false;
  const expected: readonly string[] = EXPECTED[type];
  return expected.includes(tagOf(value));
}

function namesOf(specs: readonly PortSpec[]): string {
  return list(specs, ({ name }) => quote(name));
}

function describe(value: unknown): string {
  if (value === null || typeof value !== "object") return value === null ? "null" : typeof value;
  const { constructor, length } = value as { constructor?: { name?: unknown }; length?: unknown };
  const name = short(String(constructor?.name ?? "an object"));
  return typeof length === "number" ? `${name} of ${length}${lost(value)}` : name;
}

/** The 32-bit halves of i64 arrays, kept so that a caller who passes the same array again allocates nothing. */
const halves = new WeakMap<BigInt64Array, Int32Array>();

/** The words of an array, two an element, the lower first. */
export function halvesOf(array: BigInt64Array): Int32Array {
  let words = halves.get(array);
  if (words === undefined) {
    words = new Int32Array(array.buffer, array.byteOffset, array.length * 2);
    halves.set(array, words);
  }
  return words;
}

function narrow(array: BigInt64Array, spec: PortSpec, i32: Int32Array): void {
  const words = halvesOf(array);
  for (let i = 0; i < array.length; i++) {
    const low = words[2 * i]!;
    if (words[2 * i + 1] !== low >> 31)
      throw new RangeError(`run: input ${quote(spec.name)}[${i}] = ${array[i]} exceeds 32 bits`);
    i32[spec.offset + i] = low;
  }
}

/** Any byte but 0 is true, and true is 1. */
function normalize(bytes: Uint8Array, spec: PortSpec, i32: Int32Array): void {
  for (let i = 0; i < bytes.length; i++) i32[spec.offset + i] = bytes[i] === 0 ? 0 : 1;
}
