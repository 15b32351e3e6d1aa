/** ONNX's own cases: those in scope pass or have a reason why not; all others pass or are refused, never wrong. */
import { describe, expect, it, vi } from "vitest";
import { ENGINES } from "../support/engine.js";
import { RELAXED_ALONE } from "../support/simd.js";
import { allCases, installed, listedCases, reasonOn, runCase } from "./conformanceCase.js";

// Many modules are emitted: that they are laid out for people is looked at elsewhere.
vi.mock("prettier", () => ({ format: (source: string) => Promise.resolve(source) }));

const listed = listedCases();
if (!installed) {
  console.warn(`SKIPPED ${listed.length} conformance cases: libonnx-testdata is not installed`);
}

/** Out of scope, and not refused: they come out otherwise. */
const OTHERWISE: Readonly<Record<string, string>> = {
  "node/test_cast_FLOAT_to_BFLOAT16": "its values are cut off where ONNX rounds them",
  ...Object.fromEntries(
    [
      "add_broadcast",
      "add_size1_right_broadcast",
      "add_size1_singleton_broadcast",
      "addconstant",
    ].map((name) => [`pytorch-operator/test_operator_${name}`, "f64 beyond what f32 holds"]),
  ),
};

describe("the list of cases", () => {
  it("has a reason for every case that does not pass, and 97 in 100 do", () => {
    const passing = listed.filter(({ reason }) => reason === "");
    expect(listed.length).toBe(882);
    expect(passing.length / listed.length).toBeGreaterThanOrEqual(0.97);
  });
});

/** `npm run test:relaxed` tries what is fused. */
const engines = ENGINES.filter((engine) => RELAXED_ALONE || engine !== "relaxed");

describe.each(engines)("ONNX's own cases on %s", (engine) => {
  it.skipIf(!installed)(
    "pass where the list says so, and nowhere else",
    async () => {
      const wrong: string[] = [];
      for (const one of listed) {
        const { name } = one;
        const reason = reasonOn(one, engine);
        const result = await runCase(name, engine);
        if (result.status === "pass" && reason !== "") wrong.push(`${name} passes now`);
        if (result.status !== "pass" && reason === "")
          wrong.push(`${name} ${result.status}: ${result.reason ?? ""}`);
      }
      expect(wrong).toEqual([]);
    },
    300_000,
  );

  it.skipIf(!installed)(
    "are refused where they are out of scope, unless they come out right",
    async () => {
      const names = new Set(listed.map(({ name }) => name));
      const wrong: string[] = [];
      for (const name of allCases()) {
        if (names.has(name) || Object.hasOwn(OTHERWISE, name)) continue;
        const result = await runCase(name, engine);
        if (result.status === "fail") wrong.push(`${name}: ${result.reason ?? ""}`);
      }
      expect(wrong).toEqual([]);
    },
    300_000,
  );
});
