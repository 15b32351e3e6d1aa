/** Reads the digits in a test. */
import { writeFile } from "node:fs/promises";
import { expect, it } from "vitest";
import { load } from "./lenet5.onnx?target=wasm";
import { readDigits } from "./digits.mjs";

it("reads digits", async () => {
  const logits = readDigits(await load());
  expect(logits).toMatch(/^\[\[/);
  await writeFile("logits.json", logits);
});
