/** Writes stores as WebAssembly: whole vectors, their first lanes without a byte beyond them, or one lane. */
import type { Stmt, Value } from "../../loop/stmt.js";
import { bytesOf } from "../../loop/storage.js";
import type { Text } from "./text.js";
import { accessOperands, printStored, printValue, type Printer } from "./value.js";

/** Of integers in fewer bits the low ones are kept. */
export function storeText(
  { memory, address, value, count }: Extract<Stmt, { kind: "store" }>,
  printer: Printer,
): Text {
  const { dtype } = memory;
  if (dtype === "f16" || dtype === "bf16")
    throw new Error(`the WebAssembly target stores no elements of ${dtype}`);
  if (value.lanes > 4) throw new Error(`WebAssembly stores no vectors of ${value.lanes}`);
  const size = bytesOf(dtype);
  const lane = value.kind === "extract" && value.dtype !== "bool" ? value : undefined;
  if (lane !== undefined) {
    // The low bytes of a lane come first.
    const at = (4 / size) * lane.lane;
    return storeLane(size, address, 0, at, printValue(lane.operand, printer), printer);
  }
  const text = printStored(value, printer);
  if (value.lanes === 1)
    return [scalarStore(value.dtype, size), ...accessOperands(address, 0, printer), text];
  const packed = size === 4 ? text : lowBytes(size, text, printer);
  const bytes = size * (count ?? value.lanes);
  if (bytes === 16) return ["v128.store", ...accessOperands(address, 0, printer), packed];
  const [width, ...more] = widthsOf(bytes);
  if (more.length === 0) return storeLane(width!, address, 0, 0, packed, printer);
  const [first, again] = printer.share(packed, "v128");
  const stores = [storeLane(width!, address, 0, 0, first, printer)];
  let at = width!;
  for (const one of more) {
    stores.push(storeLane(one, address, at, at / one, again, printer));
    at += one;
  }
  return ["block", ...stores];
}

/** So many bytes as stores of one lane, the widest first. */
function widthsOf(bytes: number): number[] {
  return [8, 4, 2, 1].filter((width) => (bytes & width) !== 0);
}

function scalarStore(dtype: Value["dtype"], size: number): string {
  if (dtype === "f32") return "f32.store";
  return size === 4 ? "i32.store" : `i32.store${8 * size}`;
}

/** The low bytes of all lanes, one after the other. */
function lowBytes(size: number, text: Text, { share }: Printer): Text {
  const bytes = Array.from({ length: 16 }, (_, i) => {
    const [lane, byte] = [Math.floor(i / size), i % size];
    return String(4 * (lane % 4) + byte);
  });
  // Of one vector with itself engines make one instruction.
  return ["i8x16.shuffle", ...bytes, ...share(text, "v128")];
}

function storeLane(
  bytes: number,
  address: Value,
  from: number,
  lane: number,
  vector: Text,
  printer: Printer,
): Text {
  const at = accessOperands(address, from, printer);
  return [`v128.store${8 * bytes}_lane`, ...at.slice(0, -1), String(lane), at.at(-1)!, vector];
}
