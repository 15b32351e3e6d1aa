/** Code that no target could print, and what the verifier says of it. */
import { describe, expect, it } from "vitest";
import type { KernelFunction, Stmt, Value } from "../../compiler/loop/stmt.js";
import { stmtProblems } from "../../compiler/loop/verify.js";

const memory = { dtype: "f32", space: "arena" } as const;
const int = (value: number): Value => ({ kind: "constant", dtype: "i32", lanes: 1, value });
const float = (value: number, lanes = 1): Value => ({
  kind: "constant",
  dtype: "f32",
  lanes,
  value,
});
const register = (name: string, dtype: Value["dtype"] = "i32", lanes = 1): Value => ({
  kind: "register",
  name,
  dtype,
  lanes,
});
const store = (value: Value, address: Value = register("out"), count?: number): Stmt => ({
  kind: "store",
  memory,
  address,
  value,
  ...(count === undefined ? {} : { count }),
});
const loop = (variable: string, to: number, step: number, body: readonly Stmt[]): Stmt => ({
  kind: "for",
  variable,
  from: 0,
  to,
  step,
  body,
});

function problemsOf(...body: readonly Stmt[]): string[] {
  const parameters: KernelFunction["parameters"] = [{ name: "out", source: "out", ...memory }];
  return stmtProblems({ summary: "", parameters, body });
}

describe("the verifier of code", () => {
  it("accepts what is right", () => {
    const sum: Value = {
      kind: "binary",
      dtype: "f32",
      lanes: 4,
      op: "add",
      left: register("acc", "f32", 4),
      right: float(1, 4),
    };
    expect(
      problemsOf(
        { kind: "let", register: "acc", mutable: true, value: float(0, 4) },
        loop("k", 8, 2, [{ kind: "assign", register: "acc", value: sum }]),
        store(register("acc", "f32", 4), register("out"), 3),
      ),
    ).toEqual([]);
  });

  it.each<readonly [string, readonly Stmt[], string]>([
    ["an unknown register", [store(register("y", "f32"))], "y is read before it is declared"],
    [
      "a register out of its loop",
      [
        loop("i", 4, 1, [{ kind: "let", register: "y", mutable: false, value: float(1) }]),
        store(register("y", "f32")),
      ],
      "y is read before it is declared",
    ],
    ["two of a name", [loop("i", 4, 1, []), loop("i", 4, 1, [])], "i is declared twice"],
    ["a loop that never ends", [loop("i", 4, 0, [])], "loop i runs from 0 to 4 by 0"],
    ["a loop past its end", [loop("i", 5, 2, [])], "loop i steps over its end"],
    [
      "an assignment to what is fixed",
      [
        { kind: "let", register: "y", mutable: false, value: float(1) },
        { kind: "assign", register: "y", value: float(2) },
      ],
      "y is assigned but not mutable",
    ],
    ["an address of floats", [store(float(1), float(2))], "an address is f32×1, expected i32×1"],
    ["integers into floats", [store(int(1))], "what is stored is i32×1, expected f32×1"],
    ["too many lanes", [store(float(1, 4), register("out"), 5)], "5 of 4 lanes"],
    [
      "unlike lanes",
      [
        store({
          kind: "binary",
          dtype: "f32",
          lanes: 4,
          op: "mul",
          left: float(1, 4),
          right: float(1),
        }),
      ],
      "the right of mul is f32×1, expected f32×4",
    ],
    [
      "lanes that there are not",
      [
        store({
          kind: "shuffle",
          dtype: "f32",
          lanes: 4,
          left: float(1, 4),
          right: float(2, 4),
          picks: [0, 8, 1, 5],
        }),
      ],
      "lane 8 of two vectors of 4",
    ],
    [
      "fewer lanes than there are",
      [
        store({
          kind: "shuffle",
          dtype: "f32",
          lanes: 4,
          left: float(1, 4),
          right: float(2, 4),
          picks: [0, 4],
        }),
      ],
      "picks 2 of 8 for 4 lanes",
    ],
    [
      "a store to constants",
      [{ ...store(float(1)), memory: { dtype: "f32", space: "constants" } } as Stmt],
      "stores to constants",
    ],
  ])("refuses %s", (_, body, problem) => {
    expect(problemsOf(...body)).toEqual([problem]);
  });
});
