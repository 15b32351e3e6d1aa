/** Bytes of protobuf to messages, for files that may be anything: every size is checked before it is believed. */
import type protobuf from "protobufjs";
import { loadProtobuf } from "./protobuf.js";
import { CompileError, fail } from "../base/error.js";
import { LONGEST_NAME } from "../base/quote.js";
import type { OnnxModel, OnnxTensor } from "./messages.js";
import { MESSAGES, type Field } from "./proto.js";

/** Messages within messages; a branch within a branch is three. */
const DEEPEST = 100;
/** Messages, texts and numbers in one file, but not the numbers of its tensors. */
const MOST_ITEMS = 2 ** 20;

type Message = Record<string, unknown>;

interface Count {
  items: number;
}

interface MessageFields {
  readonly byId: ReadonlyMap<number, Field>;
  /** What absent fields are. */
  readonly empty: Message;
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const NO_BYTES = new Uint8Array(0);
const NOTHING: readonly never[] = [];

const messages = new Map(
  Object.entries(MESSAGES).map(([name, fields]): [string, MessageFields] => [
    name,
    {
      byId: new Map(fields.map((field) => [field[1], field])),
      empty: Object.fromEntries(fields.map((field) => [field[0], absent(field)])),
    },
  ]),
);

/** The model in a .onnx file. Throws CompileError `bad-file` on anything else. */
export function decodeModel(bytes: Uint8Array): OnnxModel {
  return decode(bytes, "ModelProto", "an ONNX model") as unknown as OnnxModel;
}

/** The tensor in a .pb file of ONNX's test data. Throws CompileError `bad-file` on anything else. */
export function decodeTensor(bytes: Uint8Array): OnnxTensor {
  return decode(bytes, "TensorProto", "an ONNX tensor") as unknown as OnnxTensor;
}

function decode(bytes: Uint8Array, name: string, what: string): Message {
  try {
    const plain = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    return readMessage(plain, name, { items: 0 }, 0);
  } catch (error) {
    if (error instanceof CompileError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    return fail("bad-file", `not ${what}: ${reason}`, {
      hint: "the file is truncated, or something else",
    });
  }
}

function absent([, , type, rule]: Field): unknown {
  if (rule === "data") return NO_BYTES;
  if (rule === "repeated") return NOTHING;
  switch (type) {
    case "string":
      return "";
    case "bytes":
      return NO_BYTES;
    case "int64":
    case "uint64":
      return 0n;
    case "int32":
    case "float":
    case "double":
      return 0;
    default:
      return undefined;
  }
}

function readMessage(bytes: Uint8Array, name: string, count: Count, depth: number): Message {
  if (depth > DEEPEST) {
    fail("too-large", `the file has messages nested more than ${DEEPEST} deep`, {
      hint: "branches within branches within branches are not read",
    });
  }
  const { byId, empty } = messages.get(name)!;
  const message: Message = { ...empty };
  const reader = new (loadProtobuf().Reader)(bytes);
  while (reader.pos < reader.len) {
    const tag = reader.tag();
    const field = byId.get(tag >>> 3);
    if (tag >>> 3 === 0) throw new Error("field number 0");
    if (field === undefined) skipUnknown(reader, tag & 7);
    else readField(reader, field, tag & 7, message, count, depth);
  }
  return message;
}

const GROUP = 3;

/** What newer versions of the format add. No version has groups, which are skipped by recursion. */
function skipUnknown(reader: protobuf.Reader, wire: number): void {
  if (wire === GROUP) throw new Error("it has a group");
  reader.skipType(wire);
}

function readField(
  reader: protobuf.Reader,
  field: Field,
  wire: number,
  message: Message,
  count: Count,
  depth: number,
): void {
  const [name, , type, rule] = field;
  const own = wireOf(type);
  const packed = rule !== undefined && own !== LENGTH && wire === LENGTH;
  if (wire !== own && !packed) throw new Error(`field ${name} has wire type ${wire}`);
  if (rule === "data") {
    message[name] = joined(message[name] as Uint8Array, dataBytes(reader, type, packed), count);
    return;
  }
  if (rule !== "repeated") {
    message[name] = readValue(reader, type, count, depth);
    return;
  }
  const known = message[name] as unknown[];
  const list = known.length === 0 ? (message[name] = [] as unknown[]) : known;
  if (!packed) {
    (list as unknown[]).push(readValue(reader, type, count, depth));
    return;
  }
  const inside = new (loadProtobuf().Reader)(lengthDelimited(reader));
  while (inside.pos < inside.len) (list as unknown[]).push(readValue(inside, type, count, depth));
}

const VARINT = 0;
const FIXED64 = 1;
const LENGTH = 2;
const FIXED32 = 5;

function wireOf(type: string): number {
  switch (type) {
    case "int32":
    case "int64":
    case "uint64":
      return VARINT;
    case "double":
      return FIXED64;
    case "float":
      return FIXED32;
    default:
      return LENGTH;
  }
}

function readValue(reader: protobuf.Reader, type: string, count: Count, depth: number): unknown {
  if (++count.items > MOST_ITEMS) fail("too-large", `the file has more than ${MOST_ITEMS} fields`);
  switch (type) {
    case "int32":
      return reader.int32();
    case "int64":
      return BigInt.asIntN(64, longValue(reader.uint64()));
    case "uint64":
      return longValue(reader.uint64());
    case "float":
      return reader.float();
    case "double":
      return reader.double();
    case "bytes":
      return lengthDelimited(reader);
    case "string":
      return textOf(lengthDelimited(reader));
    default:
      return readMessage(lengthDelimited(reader), type, count, depth + 1);
  }
}

/** All texts are names, of a kind. Two that are not UTF-8 could become one. */
function textOf(bytes: Uint8Array): string {
  if (bytes.length > LONGEST_NAME)
    fail("too-large", `the file has a name of ${bytes.length} bytes: the most is ${LONGEST_NAME}`);
  try {
    return utf8.decode(bytes);
  } catch {
    throw new Error("it has a name that is not UTF-8");
  }
}

/** protobufjs has 64-bit numbers as two halves. */
function longValue(value: number | { readonly low: number; readonly high: number }): bigint {
  if (typeof value === "number") return BigInt(value);
  return (BigInt(value.high >>> 0) << 32n) | BigInt(value.low >>> 0);
}

/** The next bytes with their length before them, as a view. */
function lengthDelimited(reader: protobuf.Reader): Uint8Array {
  const length = reader.uint32();
  const start = reader.pos;
  if (length > reader.len - start) {
    throw new Error(`${length} bytes are wanted where ${reader.len - start} are left`);
  }
  reader.pos += length;
  return reader.buf.subarray(start, start + length);
}

function dataBytes(reader: protobuf.Reader, type: string, packed: boolean): Uint8Array {
  if (packed) return lengthDelimited(reader);
  const start = reader.pos;
  reader.skipType(wireOf(type));
  return reader.buf.subarray(start, reader.pos);
}

/** Writers give the numbers of a tensor in one piece; of many pieces each counts as much as all before it. */
function joined(before: Uint8Array, next: Uint8Array, count: Count): Uint8Array {
  if (before.length === 0) return next;
  count.items += 1 + Math.floor(before.length / 64);
  if (count.items > MOST_ITEMS) fail("too-large", "a tensor's numbers are in too many pieces");
  const both = new Uint8Array(before.length + next.length);
  both.set(before);
  both.set(next, before.length);
  return both;
}
