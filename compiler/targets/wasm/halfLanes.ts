/** Writes vectors of eight integers that 16 bits hold, and what multiplies them: half a lane is enough for each. */
import { narrowRange, type Range } from "../../loop/sixteen.js";
import type { Value } from "../../loop/stmt.js";
import { narrowEight } from "./narrow.js";
import type { Text } from "./text.js";

/** Lanes of vectors that hold 16 bits each. */
export const HALF_LANES = 8;

/** How the scalars and addresses of such a value are printed. */
interface Parts {
  print(value: Value): Text;
  /** `offset=16 base`, so many bytes further on. */
  operands(address: Value, bytes: number): readonly Text[];
}

/** A value of eight lanes. Throws a plain Error where one of them may need more than 16 bits. */
export function halfLanesText(
  value: Value,
  known: (register: string) => Range | undefined,
  parts: Parts,
): Text {
  const print = (inner: Value): Text => halfLanesText(inner, known, parts);
  if (narrowRange(value, known) === undefined)
    throw new Error(`a ${value.kind} of eight lanes may leave 16 bits`);
  switch (value.kind) {
    case "constant":
      return allHalves(value.value);
    case "register":
      return ["local.get", `$${value.name}`];
    case "load":
      return narrowEight(value.memory.dtype, value.count ?? value.lanes, (bytes) =>
        parts.operands(value.address, bytes),
      );
    case "splat":
      return ["i16x8.splat", parts.print(value.operand)];
    case "build":
      return value.operands
        .slice(1)
        .reduce<Text>(
          (vector, operand, i) => [
            "i16x8.replace_lane",
            String(i + 1),
            vector,
            parts.print(operand),
          ],
          ["i16x8.splat", parts.print(value.operands[0]!)],
        );
    case "mask": {
      const { count, fill, operand } = value;
      const mask: Text = [
        "v128.const",
        "i16x8",
        ...Array.from({ length: HALF_LANES }, (_, i) => (i < count ? "-1" : "0")),
      ];
      if (fill === 0) return ["v128.and", print(operand), mask];
      return ["v128.bitselect", print(operand), allHalves(fill), mask];
    }
    case "guard":
      return [
        "if",
        ["result", "v128"],
        parts.print(value.condition),
        ["then", print(value.then)],
        ["else", print(value.otherwise)],
      ];
    case "binary":
      return [`i16x8.${value.op}`, print(value.left), print(value.right)];
    default:
      throw new Error(`a ${value.kind} of eight lanes`);
  }
}

function allHalves(value: number): Text {
  return ["v128.const", "i16x8", ...new Array<string>(HALF_LANES).fill(String(value))];
}
