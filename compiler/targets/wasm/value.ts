/** Writes values as folded WebAssembly expressions: scalars as i32 and f32, vectors of four as v128. */
import type { Combine, Scalar } from "../../compute/ir.js";
import { combineOp } from "../../lower/values.js";
import type { Value } from "../../loop/stmt.js";
import { formatF32 } from "../../base/numbers.js";
import type { Range } from "../../loop/sixteen.js";
import type { Ranges } from "../range.js";
import { HALF_LANES, halfLanesText } from "./halfLanes.js";
import { firstBytes, isNarrow, isWideLoad, narrowScalar, narrowVector } from "./narrow.js";
import type { ByteAddresses } from "./address.js";
import {
  callHelper,
  scalarBinary,
  scalarCast,
  scalarUnary,
  type Instructions,
  type WasmType,
} from "./scalar.js";
import { laneWordOf, oddBytesOf, sameInAllLanes, wordOf, wordText, woven } from "./bytes.js";
import { fusedOf } from "./fused.js";
import { get, i32, type Text } from "./text.js";
import {
  extractLane,
  maskOf,
  numbersOf,
  packScalars,
  shuffleText,
  vectorBinary,
  vectorCast,
  vectorLoad,
  vectorShift,
  vectorUnary,
} from "./vector.js";

export interface Printer extends Instructions {
  readonly addresses: ByteAddresses;
  readonly ranges: Ranges;
  /** What is known of registers that 16 bits hold. */
  readonly narrow: (register: string) => Range | undefined;
  /** Whether fused multiply-add and its kin may be used. */
  readonly relaxed: boolean;
  /** What stands for loads that were read together. */
  readonly pairs: ReadonlyMap<Value, Text>;
}

export function typeOf({ dtype, lanes }: { dtype: Scalar; lanes: number }): WasmType {
  if (lanes === HALF_LANES && dtype === "i32") return "v128";
  if (lanes !== 1 && lanes !== 4) throw new Error(`WebAssembly has no vectors of ${lanes}`);
  if (lanes === 4) return "v128";
  return dtype === "f32" ? "f32" : "i32";
}

/** A value as registers hold it: a scalar bool is 0 or 1, a vector of bools a mask. */
export function printValue(value: Value, printer: Printer): Text {
  const print = (inner: Value): Text => printValue(inner, printer);
  typeOf(value);
  if (value.lanes === HALF_LANES)
    return halfLanesText(value, printer.narrow, {
      print,
      operands: (address, bytes) => accessOperands(address, bytes, printer),
    });
  switch (value.kind) {
    case "constant":
      return constantText(value);
    case "register":
      return get(value.name);
    case "load":
      return loadText(value, printer);
    case "unary": {
      const unary = value.lanes === 1 ? scalarUnary : vectorUnary;
      return unary(value.op, value.operand.dtype, print(value.operand), printer);
    }
    case "binary":
      return binaryText(value, printer);
    case "cast": {
      const cast = value.lanes === 1 ? scalarCast : vectorCast;
      return cast(value.operand.dtype, value.dtype, print(value.operand));
    }
    case "select": {
      const [condition, then, otherwise] = [value.condition, value.then, value.otherwise].map(
        print,
      );
      if (value.lanes === 1) return ["select", then!, otherwise!, condition!];
      const select = printer.relaxed ? "i32x4.relaxed_laneselect" : "v128.bitselect";
      return [select, then!, otherwise!, condition!];
    }
    case "guard": {
      const arms: readonly Text[] = [
        ["then", print(value.then)],
        ["else", print(value.otherwise)],
      ];
      return ["if", ["result", typeOf(value)], print(value.condition), ...arms];
    }
    case "splat":
      return splatText(value.operand, printer);
    case "build":
      return packText(value.dtype, value.operands, printer);
    case "dot":
      return ["i32x4.dot_i16x8_s", print(value.left), print(value.right)];
    case "shuffle":
      return shuffleText(value.picks, print(value.left), print(value.right));
    case "extract":
      return extractLane(value.dtype, print(value.operand), value.lane);
    case "mask":
      return keepText(value, printer);
    case "reduce":
      return foldText(value.combine, value.dtype, print(value.operand), printer);
    default:
      return value satisfies never;
  }
}

/** What a store writes: a bool as 0 or 1 in every lane. */
export function printStored(value: Value, printer: Printer): Text {
  const text = printValue(value, printer);
  return value.dtype === "bool" && value.lanes > 1 ? numbersOf(text) : text;
}

function constantText({ dtype, lanes, value }: Extract<Value, { kind: "constant" }>): Text {
  const number =
    dtype === "f32"
      ? formatF32(Math.fround(value))
      : String(dtype === "i32" ? value | 0 : value === 0 ? 0 : lanes === 1 ? 1 : -1);
  if (lanes === 1) return [dtype === "f32" ? "f32.const" : "i32.const", number];
  return ["v128.const", dtype === "f32" ? "f32x4" : "i32x4", number, number, number, number];
}

/** `offset=16 base` */
export function accessOperands(address: Value, extra: number, printer: Printer): readonly Text[] {
  const { base, offset } = printer.addresses.access(address);
  const at = offset + extra;
  return [...(at === 0 ? [] : [`offset=${at}`]), printValue(base, printer)];
}

function loadText(value: Extract<Value, { kind: "load" }>, printer: Printer): Text {
  const read = printer.pairs.get(value);
  if (read !== undefined) return read;
  const at = (bytes: number): readonly Text[] => accessOperands(value.address, bytes, printer);
  const { dtype } = value.memory;
  if (isNarrow(dtype)) {
    if (value.lanes === 1) return narrowScalar(dtype, at);
    return narrowVector(dtype, value.count ?? value.lanes, at);
  }
  if (value.lanes === 1) return [value.dtype === "f32" ? "f32.load" : "i32.load", ...at(0)];
  const text = vectorLoad(value.count ?? value.lanes, at);
  return value.dtype === "bool" ? maskOf(text) : text;
}

function binaryText(value: Extract<Value, { kind: "binary" }>, printer: Printer): Text {
  const { op, left, right } = value;
  const operand = (inner: Value): Text => printValue(inner, printer);
  const { dtype } = left;
  if (value.lanes > 1) {
    const count = op === "shl" || op === "shr" ? sameInAllLanes(right) : undefined;
    if (count !== undefined && (op === "shl" || op === "shr"))
      return vectorShift(op, operand(left), operand(count));
    const odd = oddBytesOf(value);
    if (odd !== undefined) return ["i16x8.shr_u", operand(odd), i32(8)];
    const bytes = op === "or" ? laneWordOf(value) : undefined;
    if (bytes !== undefined)
      return woven(
        bytes.map((load) =>
          firstBytes(load.count ?? load.lanes, (more) =>
            accessOperands(load.address, more, printer),
          ),
        ),
      );
    const fused = fusedOf(value, printer);
    if (fused !== undefined) return [fused.instruction, ...fused.operands.map(operand)];
    return vectorBinary(op, dtype, operand(left), operand(right), printer);
  }
  const word = wordOf(value);
  if (word !== undefined)
    return wordText(word.bytes, (bytes) => accessOperands(word.address, bytes, printer));
  const divides = op === "floordiv" || op === "mod" || op === "div" || op === "rem";
  if (dtype === "i32" && divides && right.kind === "constant" && right.value > 0) {
    const power = Math.log2(right.value);
    if (Number.isInteger(power) && op === "floordiv")
      return ["i32.shr_s", operand(left), i32(power)];
    if (Number.isInteger(power) && op === "mod")
      return ["i32.and", operand(left), i32(right.value - 1)];
    const positive = printer.ranges.of(left).min >= 0;
    if (positive || op === "div" || op === "rem") {
      const instruction = op === "floordiv" || op === "div" ? "i32.div" : "i32.rem";
      return [`${instruction}_${positive ? "u" : "s"}`, operand(left), operand(right)];
    }
    return callHelper(op, operand(left), operand(right), printer);
  }
  return scalarBinary(op, dtype, operand(left), operand(right), printer);
}

function splatText(operand: Value, printer: Printer): Text {
  if (isWideLoad(operand) && operand.dtype !== "bool")
    return ["v128.load32_splat", ...accessOperands(operand.address, 0, printer)];
  const word = wordOf(operand);
  if (word?.bytes === 4) return ["v128.load32_splat", ...accessOperands(word.address, 0, printer)];
  if (operand.kind === "binary" && operand.op === "xor" && operand.right.kind === "constant") {
    const bits = constantText({ ...operand.right, lanes: 4 });
    return ["v128.xor", splatText(operand.left, printer), bits];
  }
  const text = printValue(operand, printer);
  if (operand.dtype === "f32") return ["f32x4.splat", text];
  return ["i32x4.splat", operand.dtype === "bool" ? ["i32.sub", i32(0), text] : text];
}

/** Loads go straight into their lanes. */
function packText(dtype: Scalar, operands: readonly Value[], printer: Printer): Text {
  if (dtype === "bool" || !operands.some(isWideLoad))
    return packScalars(
      dtype,
      operands.map((operand) => printValue(operand, printer)),
    );
  const shape = dtype === "f32" ? "f32x4" : "i32x4";
  return operands.reduce<Text>((vector, operand, lane) => {
    if (!isWideLoad(operand)) {
      const scalar = printValue(operand, printer);
      return lane === 0
        ? [`${shape}.splat`, scalar]
        : [`${shape}.replace_lane`, String(lane), vector, scalar];
    }
    const at = accessOperands(operand.address, 0, printer);
    if (lane === 0) return ["v128.load32_zero", ...at];
    return ["v128.load32_lane", ...at.slice(0, -1), String(lane), at.at(-1)!, vector];
  }, "");
}

function keepText(
  { dtype, operand, count, fill }: Extract<Value, { kind: "mask" }>,
  printer: Printer,
): Text {
  const mask: Text = ["v128.const", "i32x4", ...[0, 1, 2, 3].map((i) => (i < count ? "-1" : "0"))];
  const kept = printValue(operand, printer);
  if (Object.is(fill, 0)) return ["v128.and", kept, mask];
  const rest = constantText({ kind: "constant", dtype, lanes: 4, value: fill });
  return ["v128.bitselect", kept, rest, mask];
}

/** From lane 0 up, as the interpreter does. */
function foldText(combine: Combine, dtype: Scalar, vector: Text, printer: Printer): Text {
  const [first, again] = printer.share(vector, "v128");
  const lanes = [first, again, again, again].map((text, lane) => extractLane(dtype, text, lane));
  return lanes.reduce((left, right) =>
    scalarBinary(combineOp(combine), dtype, left, right, printer),
  );
}
