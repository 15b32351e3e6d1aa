/**
 * Turns element addresses into byte addresses with constant displacements: engines fold a displacement into
 * the access, but never an addition, which may wrap.
 *
 *   load[x_oh + ow * 8 − 30]  =>  v128.load offset=0 (x_oh + ow * 32), with x moved 120 bytes down at the start
 */
import type { KernelFunction, Stmt, Value } from "../../loop/stmt.js";
import { addressProduct, addressSum, constantValue } from "../../lower/values.js";
import { bytesOf } from "../../loop/storage.js";
import type { Ranges } from "../range.js";
import { allOperands } from "../../loop/walk.js";

/** What is known of a sum that a parameter is part of. */
interface Rooted {
  readonly root: string;
  /** The least it can be above the parameter, in elements; −∞ where that is not known. */
  readonly low: number;
}

export interface ByteAccess {
  readonly base: Value;
  /** At least 0. */
  readonly offset: number;
}

export interface ByteAddresses {
  /** Bytes to add to a parameter before anything else. */
  shiftOf(parameter: string): number;
  /** Bytes that must lie below the address passed for a parameter, so that no base is negative. */
  roomBelow(parameter: string): number;
  /** What a register that holds an address holds in bytes; undefined for any other register. */
  define(register: string, value: Value): Value | undefined;
  access(address: Value): ByteAccess;
}

/** Reads all accesses of a function first, since they decide how far each parameter moves. */
export function createByteAddresses(code: KernelFunction, ranges: Ranges): ByteAddresses {
  const rooted = new Map<string, Rooted>(
    code.parameters.map(({ name }) => [name, { root: name, low: 0 }]),
  );
  const of = (value: Value): Rooted | undefined => rootOf(value, rooted, ranges);
  const shifts = new Map<string, number>();
  const lows = new Map<string, number>();
  visitAccesses(
    code.body,
    (register, value) => {
      const found = of(value);
      if (found !== undefined) rooted.set(register, found);
    },
    (address) => {
      const { base, constant } = splitConstant(address);
      const { root, low } = baseOf(base, of);
      if (!Number.isFinite(low)) return;
      lows.set(root, Math.min(low, lows.get(root) ?? 0));
      shifts.set(root, Math.min(constant, shifts.get(root) ?? 0));
    },
  );
  const sizes = new Map(code.parameters.map(({ name, dtype }) => [name, bytesOf(dtype)]));
  const shiftOf = (parameter: string): number =>
    (shifts.get(parameter) ?? 0) * sizes.get(parameter)!;
  return {
    shiftOf,
    roomBelow: (parameter) =>
      -((lows.get(parameter) ?? 0) * sizes.get(parameter)! + shiftOf(parameter)),
    define(register, value) {
      const found = rooted.get(register);
      return found && inBytes(value, of, sizes.get(found.root)!);
    },
    access(address) {
      const { base, constant } = splitConstant(address);
      const { root, low } = baseOf(base, of);
      const size = sizes.get(root)!;
      const offset = constant * size - shiftOf(root);
      const bytes = inBytes(base, of, size);
      if (Number.isFinite(low)) return { base: bytes, offset };
      return { base: addressSum(bytes, constantValue(offset)), offset: 0 };
    },
  };
}

function baseOf(base: Value, of: (value: Value) => Rooted | undefined): Rooted {
  const found = of(base);
  if (found === undefined) throw new Error("an access without a parameter in its address");
  return found;
}

function splitConstant(address: Value): { readonly base: Value; readonly constant: number } {
  const sum = address.kind === "binary" && address.op === "add" ? address : undefined;
  if (sum?.right.kind !== "constant") return { base: address, constant: 0 };
  return { base: sum.left, constant: sum.right.value };
}

function rootOf(
  value: Value,
  rooted: ReadonlyMap<string, Rooted>,
  ranges: Ranges,
): Rooted | undefined {
  if (value.dtype !== "i32") return undefined;
  if (value.kind === "register") return rooted.get(value.name);
  if (value.kind !== "binary" || value.op !== "add") return undefined;
  const left = rootOf(value.left, rooted, ranges);
  const right = left === undefined ? rootOf(value.right, rooted, ranges) : undefined;
  const found = left ?? right;
  if (found === undefined) return undefined;
  const { min } = ranges.of(left === undefined ? value.left : value.right);
  return { root: found.root, low: found.low + (min === -(2 ** 31) ? -Infinity : min) };
}

/** Addresses are scaled already; whatever is added to one is not. */
function inBytes(value: Value, of: (value: Value) => Rooted | undefined, size: number): Value {
  if (value.kind === "register" && of(value) !== undefined) return value;
  if (value.kind === "binary" && value.op === "add") {
    const [left, right] = [inBytes(value.left, of, size), inBytes(value.right, of, size)];
    return addressSum(left, right);
  }
  if (value.kind === "binary" && value.op === "mul" && value.right.kind === "constant")
    return addressProduct(value.left, value.right.value * size);
  return addressProduct(value, size);
}

/** Every declaration and every access, in the order of the code. */
function visitAccesses(
  body: readonly Stmt[],
  declare: (register: string, value: Value) => void,
  access: (address: Value) => void,
): void {
  const seen = new Set<Value>();
  const visit = (value: Value): void => {
    if (seen.has(value)) return;
    seen.add(value);
    if (value.kind === "load") access(value.address);
    allOperands(value).forEach(visit);
  };
  for (const stmt of body) {
    if (stmt.kind === "for") {
      visitAccesses(stmt.body, declare, access);
      continue;
    }
    if (stmt.kind === "let" && !stmt.mutable) declare(stmt.register, stmt.value);
    if (stmt.kind === "store") {
      access(stmt.address);
      visit(stmt.address);
    }
    visit(stmt.value);
  }
}
