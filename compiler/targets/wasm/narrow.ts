/** Reads elements that are narrower than what is computed with: widened in registers, neighbouring vectors of bytes two at a time. */
import type { Stmt, Value } from "../../loop/stmt.js";
import { bytesOf, type Storage } from "../../loop/storage.js";
import { operandsOf } from "../../loop/walk.js";
import { get, i32, set, type Text } from "./text.js";

type Load = Extract<Value, { kind: "load" }>;

/** `offset=16 base`, so many bytes further on. */
type Operands = (bytes: number) => readonly Text[];

export function isNarrow(storage: Storage): boolean {
  return bytesOf(storage) !== 4;
}

/** A load that needs no widening. */
export function isWideLoad(value: Value): value is Load {
  return value.kind === "load" && !isNarrow(value.memory.dtype);
}

/** Sign and magnitude of a half where an f32 has them, without what the exponents differ by. */
const HALF_BITS = 0x8fffe000 | 0;
/** What the exponents differ by: exact for every half that is finite. */
const HALF_SCALE = "0x1p112";

/** One element as an i32 or f32; halves are finite. */
export function narrowScalar(storage: Storage, at: Operands): Text {
  switch (storage) {
    case "i8":
      return ["i32.load8_s", ...at(0)];
    case "u8":
      return ["i32.load8_u", ...at(0)];
    case "i16":
      return ["i32.load16_s", ...at(0)];
    case "bf16":
      return ["f32.reinterpret_i32", ["i32.shl", ["i32.load16_u", ...at(0)], i32(16)]];
    case "f16": {
      const bits: Text = ["i32.shl", ["i32.load16_s", ...at(0)], i32(13)];
      const float: Text = ["f32.reinterpret_i32", ["i32.and", bits, i32(HALF_BITS)]];
      return ["f32.mul", float, ["f32.const", HALF_SCALE]];
    }
    default:
      throw new Error(`elements of ${storage} are not narrow`);
  }
}

/** The first `count` of four elements, without a byte beyond them; the others are 0. */
export function narrowVector(storage: Storage, count: number, at: Operands): Text {
  const isSigned = storage !== "u8" && storage !== "bf16";
  if (bytesOf(storage) === 1) {
    const half: Text = [`i16x8.extend_low_i8x16_${isSigned ? "s" : "u"}`, firstBytes(count, at)];
    return [`i32x4.extend_low_i16x8_${isSigned ? "s" : "u"}`, half];
  }
  const sign = isSigned ? "s" : "u";
  const whole: Text =
    count === 4
      ? [`v128.load16x4_${sign}`, ...at(0)]
      : [`i32x4.extend_low_i16x8_${sign}`, firstBytes(2 * count, at)];
  return fromBits(storage, whole);
}

/** The first `count` of eight integers as lanes of 16 bits, without a byte beyond them; the others are 0. */
export function narrowEight(storage: Storage, count: number, at: Operands): Text {
  const sign = storage === "u8" ? "u" : "s";
  if (storage === "i16") return count === 8 ? ["v128.load", ...at(0)] : firstBytes(2 * count, at);
  if (bytesOf(storage) !== 1) throw new Error(`elements of ${storage} in lanes of 16 bits`);
  return count === 8
    ? [`v128.load8x8_${sign}`, ...at(0)]
    : [`i16x8.extend_low_i8x16_${sign}`, firstBytes(count, at)];
}

/** Lanes of 32 bits with an element each in their lower half. */
function fromBits(storage: Storage, lanes: Text): Text {
  if (storage === "bf16") return ["i32x4.shl", lanes, i32(16)];
  if (storage !== "f16") return lanes;
  const mask = ["v128.const", "i32x4", ...[0, 1, 2, 3].map(() => String(HALF_BITS))];
  const scale = ["v128.const", "f32x4", ...[0, 1, 2, 3].map(() => HALF_SCALE)];
  return ["f32x4.mul", ["v128.and", ["i32x4.shl", lanes, i32(13)], mask], scale];
}

/** A vector that begins with so many bytes of memory, 1 to 15; the others are 0. */
export function firstBytes(count: number, at: Operands): Text {
  const lane = (bytes: number, from: number, vector: Text): Text => {
    const operands = at(from);
    return [
      `v128.load${8 * bytes}_lane`,
      ...operands.slice(0, -1),
      String(from / bytes),
      operands.at(-1)!,
      vector,
    ];
  };
  const widths = [8, 4, 2, 1].filter((width) => (count & width) !== 0);
  let from = 0;
  return widths.reduce<Text>(
    (vector, width) => {
      const start = from;
      from += width;
      if (start === 0 && width >= 4) return [`v128.load${8 * width}_zero`, ...at(0)];
      return lane(width, start, vector);
    },
    ["v128.const", "i32x4", "0", "0", "0", "0"],
  );
}

/** What is read for several loads at once, and how each of them has its part of it. */
export interface Pairs {
  /** Statements that read, by the statement before which they stand. */
  readonly before: ReadonlyMap<Stmt, readonly Text[]>;
  readonly texts: ReadonlyMap<Value, Text>;
}

/**
 * Vectors of bytes that follow each other, as weights of a matrix and a vector do: eight bytes are read and widened
 * once for two of them. Constants are the same wherever they are read.
 *
 *   load i8[w], load i8[w + 4]  =>  p = v128.load8x8_s(w): its lower half, its upper half
 */
export function pairLoads(
  body: readonly Stmt[],
  operands: (load: Load) => readonly Text[],
  fresh: () => string,
): Pairs {
  const found = new Map<string, { readonly load: Load; readonly stmt: Stmt }[]>();
  const seen = new Set<Value>();
  const visit = (value: Value, stmt: Stmt): void => {
    if (seen.has(value)) return;
    seen.add(value);
    if (isByteVector(value)) {
      const [offset, base] = splitOffset(operands(value));
      const key = JSON.stringify([value.memory.dtype, base, offset]);
      found.set(key, [...(found.get(key) ?? []), { load: value, stmt }]);
    }
    operandsOf(value).forEach((inner) => visit(inner, stmt));
  };
  for (const stmt of body) if (stmt.kind !== "for") visit(stmt.value, stmt);
  const before = new Map<Stmt, readonly Text[]>();
  const texts = new Map<Value, Text>();
  const order = new Map(body.map((stmt, at) => [stmt, at]));
  for (const key of found.keys()) {
    const [dtype, base, offset] = JSON.parse(key) as [Storage, Text, number];
    const pair = [offset, offset + 4].map((at) => found.get(JSON.stringify([dtype, base, at])));
    if (pair.some((half) => half === undefined || half.some(({ load }) => texts.has(load))))
      continue;
    const sign = dtype === "u8" ? "u" : "s";
    const name = fresh();
    const all = pair.flatMap((half) => half!);
    const first = all
      .map(({ stmt }) => stmt)
      .reduce((a, b) => (order.get(a)! <= order.get(b)! ? a : b));
    const at = [...(offset === 0 ? [] : [`offset=${offset}`]), base];
    before.set(first, [...(before.get(first) ?? []), set(name, [`v128.load8x8_${sign}`, ...at])]);
    pair.forEach((half, i) => {
      const part = i === 0 ? "low" : "high";
      for (const { load } of half!)
        texts.set(load, [`i32x4.extend_${part}_i16x8_${sign}`, get(name)]);
    });
  }
  return { before, texts };
}

function isByteVector(value: Value): value is Load {
  if (value.kind !== "load" || value.lanes !== 4 || value.count !== undefined) return false;
  return value.memory.space === "constants" && bytesOf(value.memory.dtype) === 1;
}

function splitOffset(operands: readonly Text[]): readonly [offset: number, base: Text] {
  const [first] = operands;
  const offset = typeof first === "string" ? Number(first.slice("offset=".length)) : 0;
  return [offset, operands.at(-1)!];
}
