/**
 * Writes what is computed with four bytes at once: words that are read byte by byte as one load, and sums of the
 * products of four bytes as one instruction where an engine has it for both kinds of bytes, by lanes of 16 bits otherwise.
 */
import type { Value } from "../../loop/stmt.js";
import { bytesOf } from "../../loop/storage.js";
import type { DotKind } from "../../program/dots/computes.js";
import { sdot, usdot } from "../../../runtime/numbers.js";
import type { Instructions } from "./scalar.js";
import type { DotSimd } from "./simd.js";
import type { Text } from "./text.js";

/** The word, or as many bytes of it, as an i32. */
export function wordText(bytes: number, at: (bytes: number) => readonly Text[]): Text {
  if (bytes === 4) return ["i32.load", ...at(0)];
  const low: Text = ["i32.load16_u", ...at(0)];
  return bytes === 2
    ? low
    : ["i32.or", low, ["i32.shl", ["i32.load8_u", ...at(2)], ["i32.const", "16"]]];
}

/**
 * left · right + sum in one instruction. Its second operand has signs in some engines and none in others: code is
 * for those of one kind.
 */
export const DOT_AND_ADD = "i32x4.relaxed_dot_i8x16_i7x16_add_s";

/** The same in 16 bits, which hold the sums of two products, and what adds up two of these. */
const DOT_IN_SIXTEEN = "i16x8.relaxed_dot_i8x16_i7x16_s";
const ADD_NEIGHBOURS = "i32x4.extadd_pairwise_i16x8_s";

/** left · right, where there is no instruction for it with plain ones: even bytes and odd ones as lanes of 16 bits. */
export function dotOfBytes(op: DotKind, left: Text, right: Text, use: Instructions): Text {
  if (use.dots === op) return [DOT_AND_ADD, left, right, ZERO];
  // Code of this kind has words on the left of which two neighbours come to 128 at most.
  if (use.dots === "usdot16" && op === "usdot")
    return ["i32x4.dot_i16x8_s", [DOT_IN_SIXTEEN, left, right], ONES];
  return dotByHalves(op, left, right, use);
}

function dotByHalves(op: DotKind, left: Text, right: Text, { share }: Instructions): Text {
  const [a, aAgain] = share(left, "v128");
  const [b, bAgain] = share(right, "v128");
  const even: Text =
    op === "sdot" ? signedEven(b) : ["v128.and", b, ["v128.const", "i16x8", ...eight("255")]];
  const odd: Text = [`i16x8.shr_${op === "sdot" ? "s" : "u"}`, bAgain, ["i32.const", "8"]];
  return [
    "i32x4.add",
    ["i32x4.dot_i16x8_s", signedEven(a), even],
    ["i32x4.dot_i16x8_s", ["i16x8.shr_s", aAgain, ["i32.const", "8"]], odd],
  ];
}

function signedEven(bytes: Text): Text {
  return ["i16x8.shr_s", ["i16x8.shl", bytes, ["i32.const", "8"]], ["i32.const", "8"]];
}

/** By them neighbours are added up as by ADD_NEIGHBOURS, for which V8 fetches them from memory, by way of their address. */
const ONES: Text = ["v128.const", "i16x8", ...eight("1")];

const ZEROS = ["0", "0", "0", "0"];
const ZERO: Text = ["v128.const", "i32x4", ...ZEROS];

function eight(lane: string): string[] {
  return new Array<string>(8).fill(lane);
}

/** A word, or the first bytes of one, that lies in memory: the address of the lowest of them. */
export interface Word {
  readonly address: Value;
  readonly bytes: number;
}

type Load = Extract<Value, { kind: "load" }>;

/**
 * The word that a value puts together from bytes one after the other: b0 | b1 << 8 | b2 << 16 | b3 << 24, those with
 * signs less what a sign extends to. Undefined for any other value.
 */
export function wordOf(value: Value): Word | undefined {
  if (value.kind !== "binary" || value.dtype !== "i32" || value.lanes !== 1) return undefined;
  const bytes: Load[] = [];
  for (const part of partsOf(value)) {
    const byte = byteOf(part, bytes.length);
    if (byte === undefined) return undefined;
    bytes.push(byte);
  }
  const [first] = bytes;
  if (first === undefined || bytes.length < 2 || bytes.length > 4) return undefined;
  const { base, constant } = split(first.address);
  const isNext = ({ address, memory }: Load, i: number): boolean => {
    const one = split(address);
    return (
      one.base === base && one.constant === constant + i && memory.space === first.memory.space
    );
  };
  return bytes.every(isNext) ? { address: first.address, bytes: bytes.length } : undefined;
}

/** Words in four lanes, of bytes that lie apart: how many each has, and the loads of the lowest, the second, and so on. */
export function laneWordOf(value: Value): readonly Load[] | undefined {
  if (value.kind !== "binary" || value.dtype !== "i32" || value.lanes !== 4) return undefined;
  const loads = partsOf(value).map((part, i) => byteOf(part, i, 4));
  const isWord = loads.length >= 2 && loads.length <= 4;
  return isWord && loads.every((load) => load !== undefined) ? loads : undefined;
}

/** Vectors of four bytes woven into one of four words. */
export function woven(bytes: readonly Text[]): Text {
  const [first, second, third = ZERO, fourth = ZERO] = bytes;
  const halves = [weave(1, first!, second!), bytes.length < 3 ? ZERO : weave(1, third, fourth)];
  return weave(2, halves[0]!, halves[1]!);
}

/** The lower halves of two vectors, so many bytes of one and of the other in turn: a pattern that engines have an instruction for. */
function weave(size: number, left: Text, right: Text): Text {
  const picks = Array.from({ length: 16 }, (_, i) => {
    const [item, byte] = [Math.floor(i / size), i % size];
    return String(size * Math.floor(item / 2) + byte + 16 * (item % 2));
  });
  return ["i8x16.shuffle", ...picks, left, right];
}

/** Words whose second and fourth byte a value takes, each as 16 bits: (words >> 8) & 0xff00ff. */
export function oddBytesOf(value: Value): Value | undefined {
  const shifted = isOp(value, "and", 0xff00ff) ? value.left : undefined;
  return shifted?.lanes === 4 && isOp(shifted, "shr", 8) ? shifted.left : undefined;
}

/** The scalar that all lanes of a vector are, where it says so. */
export function sameInAllLanes(value: Value): Value | undefined {
  if (value.kind === "splat") return value.operand;
  return value.kind === "constant" ? { ...value, lanes: 1 } : undefined;
}

/** What is joined by `or`, from the left. */
function partsOf(value: Value): readonly Value[] {
  return value.kind === "binary" && value.op === "or"
    ? [...partsOf(value.left), value.right]
    : [value];
}

/** The load of a byte that stands in a word at a position. */
function byteOf(value: Value, position: number, lanes = 1): Load | undefined {
  const shifted = position === 0 ? value : shiftedBy(value, 8 * position);
  if (shifted === undefined) return undefined;
  const masked = isOp(shifted, "and", 255) ? shifted.left : undefined;
  const load = masked ?? shifted;
  if (load.kind !== "load" || load.lanes !== lanes || bytesOf(load.memory.dtype) !== 1)
    return undefined;
  // Only of the highest byte a sign leaves the word.
  return load.memory.dtype === "u8" || masked !== undefined || position === 3 ? load : undefined;
}

function shiftedBy(value: Value, bits: number): Value | undefined {
  return isOp(value, "shl", bits) ? value.left : undefined;
}

function isOp(
  value: Value,
  op: "and" | "shl" | "shr",
  right: number,
): value is Extract<Value, { kind: "binary" }> {
  if (value.kind !== "binary" || value.op !== op) return false;
  const by = sameInAllLanes(value.right);
  return by?.kind === "constant" && by.value === right;
}

/** Bases are compared as text: equal ones may have been made apart. */
function split(address: Value): { readonly base: string; readonly constant: number } {
  const isSum = address.kind === "binary" && address.op === "add";
  if (isSum && address.right.kind === "constant")
    return { base: JSON.stringify(address.left), constant: address.right.value };
  return { base: JSON.stringify(address), constant: 0 };
}

type Pair = readonly [left: number, right: number];

/** What tells apart whether bytes of the second factor have signs, and where sums of two products are cut to 16 bits. */
const EXTREMES: readonly Pair[] = [
  [0x80808080, 0xffffffff],
  [0x7f7f7f7f, 0xffffffff],
  [0x80808080, 0x80808080],
];
/** The same where those sums are as large as 16 bits hold. */
const HALVES: readonly Pair[] = [
  [0x40404040, 0xffffffff],
  [0xc0c0c0c0, 0xffffffff],
  [0x7f017f01, 0xffffffff],
];

/** Stops code from starting in an engine that multiplies bytes of another kind than it is for: numbers would be wrong. */
export function checkText(op: DotSimd): string {
  const dot = op === "sdot" ? sdot : usdot;
  const [a, b] = ["(i32x4.splat (local.get $a))", "(i32x4.splat (local.get $b))"];
  const product =
    op === "usdot16"
      ? `(${ADD_NEIGHBOURS} (${DOT_IN_SIXTEEN} ${a} ${b}))`
      : `(${DOT_AND_ADD} ${a} ${b} (v128.const i32x4 0 0 0 0))`;
  const differs = (op === "usdot16" ? HALVES : EXTREMES)
    .map(
      ([left, right]) =>
        `(i32.ne (call $multiply (i32.const ${left | 0}) (i32.const ${right | 0})) (i32.const ${dot(left, right)}))`,
    )
    .reduce((all, one) => `(i32.or ${all} ${one})`);
  return `(func $multiply (param $a i32) (param $b i32) (result i32)
  (i32x4.extract_lane 0
    ${product}))
(func $check (if ${differs} (then (unreachable))))
(start $check)
`;
}
