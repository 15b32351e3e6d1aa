/** Models of f16 on the command line: ports as the file has them or as f32, rounded within only where asked. */
import { readFile, writeFile } from "node:fs/promises";
import { expect, it } from "vitest";
import { readNpy } from "../../compiler/frontend/weights/npy.js";
import { tensor } from "../../compiler/base/tensor.js";
import { command } from "../support/commandLine.js";
import { onnxModel } from "../support/onnxModel.js";
import { modelFolder } from "./modelFolder.js";

const at = modelFolder();

/** (x + 2048) − 2048: in f16 what is lost in the sum is lost. */
const LOSSY = onnxModel({
  inputs: { x: "f16[1,3]" },
  initializers: { big: tensor("f16", [], [2048]) },
  nodes: [
    { op: "Add", in: ["x", "big"], out: ["sum"] },
    { op: "Sub", in: ["sum", "big"], out: ["y"] },
  ],
  outputs: { y: "f16[1,3]" },
});

it.each([
  [[], "<f2", [0.5, 1, 3]],
  [["--half", "exact"], "<f2", [0, 0, 4]],
  [["--half", "exact", "--ports", "f32"], "<f4", [0, 0, 4]],
  [["--half", "f32", "--ports", "f32"], "<f4", [0.5, 1, 3]],
])("run with %j", async (options, descr, values) => {
  await writeFile(at("lossy.onnx"), LOSSY);
  const half = at("halves.npy");
  const { writeNpy } = await import("../../compiler/cli/npy.js");
  const x = tensor("f32", [1, 3], [0.5, 1, 3]);
  await writeFile(half, writeNpy(x.type, x.data));
  const out = at(`out ${options.join(" ")}`);
  const { code, stderr } = await command(
    ...["run", at("lossy.onnx"), "--input", half, "--out-dir", out, ...options],
  );
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  const bytes = await readFile(`${out}/y.npy`);
  expect(bytes.toString("latin1")).toContain(`'descr': '${descr}'`);
  expect([...readNpy(bytes).data]).toEqual(values);
});

it("refuses other words", async () => {
  const { code, stderr } = await command("build", at("lossy.onnx"), "--half", "both");
  expect(code).toBe(2);
  expect(stderr).toContain("--half must be f32 or exact, not 'both'");
});
