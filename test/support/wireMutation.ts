/** Changes single fields of an ONNX file: the tree of its protobuf fields, and what can be done to one of them. */
import { MESSAGES, type Field } from "../../compiler/onnx/proto.js";

/** A field as the wire has it; `fields` where its bytes are a message. */
export interface WireField {
  id: number;
  wire: number;
  /** Of wire type 0. */
  number: bigint;
  /** Of the other wire types. */
  bytes: Uint8Array;
  fields: WireField[] | undefined;
  /** What the schema says of it. */
  readonly known: Field | undefined;
}

const [VARINT, FIXED64, LENGTH, FIXED32] = [0, 1, 2, 5] as const;

/** The fields of a message by the schema; the bytes are those of a sound file. */
export function readWire(bytes: Uint8Array, message: string): WireField[] {
  const known = new Map(MESSAGES[message]!.map((field) => [field[1], field]));
  const fields: WireField[] = [];
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = bytes[at++]!;
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return value;
    }
  };
  const take = (length: number) => Uint8Array.from(bytes.subarray(at, (at += length)));
  while (at < bytes.length) {
    const tag = Number(varint());
    const [id, wire] = [tag >>> 3, tag & 7];
    const own = known.get(id);
    const field = { id, wire, number: 0n, bytes: new Uint8Array(0), fields: undefined, known: own };
    fields.push(field);
    if (wire === VARINT) field.number = varint();
    else field.bytes = take(wire === LENGTH ? Number(varint()) : wire === FIXED64 ? 8 : 4);
    if (own !== undefined && Object.hasOwn(MESSAGES, own[2]))
      Object.assign(field, { fields: readWire(field.bytes, own[2]) });
  }
  return fields;
}

export function writeWire(fields: readonly WireField[]): number[] {
  return fields.flatMap(({ id, wire, number, bytes, fields: inner }) => {
    const tag = varintBytes(BigInt(id * 8 + wire));
    if (wire === VARINT) return [...tag, ...varintBytes(number)];
    const content = inner === undefined ? [...bytes] : writeWire(inner);
    return wire === LENGTH
      ? [...tag, ...varintBytes(BigInt(content.length)), ...content]
      : [...tag, ...sized(content, wire === FIXED64 ? 8 : wire === FIXED32 ? 4 : content.length)];
  });
}

function varintBytes(value: bigint): number[] {
  const bytes: number[] = [];
  for (let rest = BigInt.asUintN(64, value); ; rest >>= 7n) {
    if (rest < 128n) return [...bytes, Number(rest)];
    bytes.push(Number(rest & 127n) | 128);
  }
}

const sized = (bytes: readonly number[], length: number): number[] =>
  Array.from({ length }, (_, i) => bytes[i] ?? 0);

/** A place in the tree. */
interface Place {
  readonly list: WireField[];
  readonly at: number;
  readonly field: WireField;
}

function placesIn(list: WireField[]): Place[] {
  return list.flatMap((field, at) => [
    { list, at, field },
    ...(field.fields === undefined ? [] : placesIn(field.fields)),
  ]);
}

export type Choose = <T>(options: readonly T[]) => T;

const NUMBERS = [
  ...[0n, 1n, -1n, 2n, 3n, 1000n, 2n ** 16n, 2n ** 24n, 2n ** 31n - 1n, 2n ** 31n, 2n ** 32n],
  ...[2n ** 53n, 2n ** 63n - 1n, -(2n ** 31n), -(2n ** 63n)],
];
const FLOATS = [0, -0, -1, NaN, Infinity, -Infinity, 3e38, 1e-45, 2 ** 31, 0.5, 1e6];
const TEXTS = ["", "*/", "${x}", "\u2028", "../x", "__proto__", "a".repeat(300), "\0"];

type Mutation = (place: Place, choose: Choose, all: readonly Place[]) => void;

const randomByte = (choose: Choose): number => choose(Array.from({ length: 256 }, (_, i) => i));

/** Another value of the field's own kind. */
const revalue: Mutation = ({ field }, choose, all) => {
  const { wire, known } = field;
  if (wire === VARINT) {
    const near = choose([1n, -1n, 8n]);
    field.number = choose([...NUMBERS, field.number + near, field.number * 2n]);
  } else if (wire === FIXED32) {
    field.bytes = new Uint8Array(Float32Array.of(choose(FLOATS)).buffer);
  } else if (wire === FIXED64) {
    field.bytes = new Uint8Array(Float64Array.of(choose(FLOATS)).buffer);
  } else if (field.fields !== undefined) {
    // A message of the same kind from elsewhere in the file.
    const others = all.filter((other) => other.field.known?.[2] === known?.[2]);
    field.fields = readWire(Uint8Array.from(writeWire(choose(others).field.fields!)), known![2]);
  } else if (known?.[2] === "string") {
    const texts = all.filter((other) => other.field.known?.[2] === "string");
    field.bytes = choose([
      choose(texts).field.bytes,
      new TextEncoder().encode(choose(TEXTS)),
      field.bytes.subarray(1),
    ]);
  } else resize({ field } as Place, choose, all);
};

/** Fewer bytes, more, or others. */
const resize: Mutation = ({ field }, choose) => {
  const { bytes } = field;
  const changed = Uint8Array.from(bytes);
  if (changed.length > 0) changed[choose([...changed.keys()])] = randomByte(choose);
  field.fields = undefined;
  field.bytes = choose([
    changed,
    bytes.subarray(0, choose([0, 1, Math.floor(bytes.length / 2), bytes.length - 1])),
    Uint8Array.from([...bytes, ...bytes]),
    Uint8Array.from([...bytes, randomByte(choose)]),
  ]);
};

const drop: Mutation = ({ list, at }) => void list.splice(at, 1);

const repeat: Mutation = ({ list, at, field }, choose) => {
  const copies = new Array<WireField>(choose([1, 1, 1, 2, 9, 40])).fill(field);
  list.splice(choose([at, list.length]), 0, ...copies);
};

const swap: Mutation = ({ list, at, field }, choose) => {
  const other = choose([...list.keys()]);
  list[at] = list[other]!;
  list[other] = field;
};

/** Another number among those of a tensor. */
const renumber: Mutation = (place, choose, all) => {
  const { field } = place;
  const value = choose([BigInt64Array.of(choose(NUMBERS)), Float32Array.of(choose(FLOATS))]);
  const size = value.byteLength;
  if (field.bytes.length < size) return resize(place, choose, all);
  const at = size * choose([...Array(Math.floor(field.bytes.length / size)).keys()]);
  field.bytes.set(new Uint8Array(value.buffer), at);
};

/** The field becomes another one of its message. */
const rename: Mutation = ({ list, field }, choose) => {
  field.id = choose([field.id + 1, Math.max(1, field.id - 1), choose(list).id, 99]);
};

const retype: Mutation = ({ field }, choose) => {
  field.wire = choose([VARINT, FIXED64, LENGTH, 3, 4, FIXED32]);
};

/** What is read as itself is tried more often than what ends reading. */
const MUTATIONS: readonly Mutation[] = [
  ...[revalue, revalue, revalue, revalue, revalue, revalue],
  ...[drop, repeat, swap, swap, rename, resize, retype],
];

/** Numbers of tensors are few fields among many. */
const ON_NUMBERS = 1 / 8;

/** The file with one field changed, or (one in sixteen) one byte. */
export function mutated(bytes: Uint8Array, next: () => number): Uint8Array {
  const choose: Choose = (options) => options[Math.floor(next() * options.length)]!;
  if (next() < 1 / 16) {
    // Buffers would share their memory with a slice.
    const changed = Uint8Array.from(bytes);
    changed[choose([...changed.keys()])] = randomByte(choose);
    return changed;
  }
  const fields = readWire(bytes, "ModelProto");
  const places = placesIn(fields);
  const numbers = places.filter(({ field }) => field.known?.[2] === "bytes");
  if (numbers.length > 0 && next() < ON_NUMBERS) renumber(choose(numbers), choose, places);
  else choose(MUTATIONS)(choose(places), choose, places);
  return Uint8Array.from(writeWire(fields));
}
