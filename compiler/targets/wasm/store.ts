/** Writes stores as WebAssembly: whole vectors, their first lanes without a byte beyond them, or one lane. */
import type { Stmt, Value } from "../../loop/stmt.js";
import { expectWide } from "../../loop/storage.js";
import type { Text } from "./text.js";
import { accessOperands, printStored, printValue, type Printer } from "./value.js";

export function storeText(
  { memory, address, value, count }: Extract<Stmt, { kind: "store" }>,
  printer: Printer,
): Text {
  expectWide(memory.dtype, "WebAssembly");
  const lane = value.kind === "extract" && value.dtype !== "bool" ? value : undefined;
  if (lane !== undefined)
    return storeLane("32", address, 0, lane.lane, printValue(lane.operand, printer), printer);
  const text = printStored(value, printer);
  if (value.lanes === 1)
    return [
      value.dtype === "f32" ? "f32.store" : "i32.store",
      ...accessOperands(address, 0, printer),
      text,
    ];
  switch (count ?? value.lanes) {
    case 1:
      return storeLane("32", address, 0, 0, text, printer);
    case 2:
      return storeLane("64", address, 0, 0, text, printer);
    case 3: {
      const [first, again] = printer.share(text, "v128");
      const pair = storeLane("64", address, 0, 0, first, printer);
      return ["block", pair, storeLane("32", address, 8, 2, again, printer)];
    }
    default:
      return ["v128.store", ...accessOperands(address, 0, printer), text];
  }
}

function storeLane(
  bits: "32" | "64",
  address: Value,
  bytes: number,
  lane: number,
  vector: Text,
  printer: Printer,
): Text {
  const at = accessOperands(address, bytes, printer);
  return [`v128.store${bits}_lane`, ...at.slice(0, -1), String(lane), at.at(-1)!, vector];
}
