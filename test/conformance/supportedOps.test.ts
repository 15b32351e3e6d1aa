/** SUPPORTED-OPS.md says what the table of ops and the conformance list say. */
import { readFileSync } from "node:fs";
import { format } from "prettier";
import { expect, it } from "vitest";
import { NEWEST_OPSET } from "../../compiler/frontend/onnx/import.js";
import { onnxOps } from "../../compiler/frontend/onnx/ops.js";
import { SUPPORTED_OPS, supportedOps } from "./supportedOps.js";

it("SUPPORTED-OPS.md is not stale", async () => {
  const expected = await format(supportedOps(), { parser: "markdown" });
  expect(readFileSync(SUPPORTED_OPS, "utf8")).toBe(expected);
});

it("versions ascend, name attributes there are, and none is from the future", () => {
  for (const [op, { versions, schema }] of Object.entries(onnxOps)) {
    const since = versions.map((version) => version.since);
    expect(since, op).toEqual([...new Set(since)].sort((a, b) => a - b));
    expect(since.at(-1), op).toBeLessThanOrEqual(NEWEST_OPSET);
    for (const { attributes } of versions)
      for (const name of attributes) expect(Object.keys(schema.shape), op).toContain(name);
  }
});
