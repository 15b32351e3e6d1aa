/** Printed functions compute what Stmt means, primitive by primitive. */
import { describe, expect, it } from "vitest";
import { interpretStmt } from "../../../compiler/meaning/interpretStmt.js";
import { printFunction, printParts } from "../../../compiler/targets/ts/print.js";
import { importFunctions, typeErrors } from "../../support/compileTypeScript.js";
import { operandPairs, primitiveCases, resultOf, storing } from "../../support/primitives.js";

describe("printed code computes what Stmt means", () => {
  it("for every primitive, special values included", async () => {
    const cases = Object.entries(primitiveCases(1));
    const names = cases.map((_, k) => `kernel${k}`);
    const codes = cases.map(([, { value }]) => storing(value));
    const source = codes.map((one, k) => printFunction(names[k]!, one)).join("\n");
    expect(typeErrors(`${source}\nexport { ${names.join(", ")} };`)).toEqual([]);
    const kernels = await importFunctions(source, names);
    cases.forEach(([title, one], k) => {
      const { arrays } = printParts(codes[k]!);
      for (const operands of operandPairs(one, 1)) {
        const none = { f32: new Float32Array(0), i32: new Int32Array(0) };
        const expected = resultOf(one, operands, (arena) =>
          interpretStmt(codes[k]!, { arena, constants: none }, [0, 2]),
        );
        const actual = resultOf(one, operands, (arena) =>
          kernels.get(names[k]!)!(...arrays.map((array) => arena[array as "f32" | "i32"]), 0, 2),
        );
        expect([title, operands, actual]).toEqual([title, operands, expected]);
      }
    });
  });
});
