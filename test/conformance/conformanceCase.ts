/** ONNX's own test cases as Debian packages them (libonnx-testdata), and what becomes of each. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { CompileError } from "../../compiler/base/error.js";
import { decodeModel } from "../../compiler/onnx/decode.js";
import { readOnnx, readOnnxInputs } from "../../compiler/frontend/onnx/import.js";
import type { OnnxNode, OnnxValueInfo } from "../../compiler/onnx/messages.js";
import { ONNX_TYPES } from "../../compiler/onnx/proto.js";
import { ONNX_TOLERANCE } from "../../compiler/golden/compareTensors.js";
import { tensorOf } from "../../compiler/base/portValues.js";
import {
  byName,
  dataSetsOf,
  type CaseValue,
  type DataSet,
} from "../../compiler/golden/testCase.js";
import { compareOutputs, prepareCase, type CaseResult } from "../../compiler/golden/prepareCase.js";
import { targetOf, type Engine } from "../support/engine.js";
import { productFor } from "../support/product.js";

/** Where the package puts its cases. */
export const DATA = "/usr/share/libonnx-testdata/data";
export const installed = existsSync(join(DATA, "node"));

const FOLDERS = ["node", "pytorch-converted", "pytorch-operator", "simple"];

/** Every case of the package: `node/test_abs`. */
export function allCases(): string[] {
  return FOLDERS.flatMap((folder) =>
    readdirSync(join(DATA, folder))
      .filter((name) => existsSync(join(DATA, folder, name, "model.onnx")))
      .sort()
      .map((name) => `${folder}/${name}`),
  );
}

/** A case that the ops and types here should cover. */
export interface Listed {
  readonly name: string;
  /** Ops of ONNX in its model. */
  readonly ops: readonly string[];
  /** Why it does not pass; "" where it does. */
  readonly reason: string;
  /** The target that the reason is about; "" where it is about every one. */
  readonly target: string;
}

/** Why a case does not pass on an engine; "" where it does. */
export function reasonOn({ reason, target }: Listed, engine: Engine): string {
  return target === "" || target === targetOf(engine) ? reason : "";
}

const LIST = new URL("./cases.tsv", import.meta.url);

/** The checked-in list: a name, its ops and, where it does not pass, the reason and its target. */
export function listedCases(): Listed[] {
  const lines = readFileSync(LIST, "utf8").trimEnd().split("\n");
  return lines.map((line) => {
    const [name, ops = "", reason = "", target = ""] = line.split("\t");
    return { name: name!, ops: ops.split(",").filter((op) => op !== ""), reason, target };
  });
}

/** Compiles, runs and compares every set of a case on an engine. */
export async function runCase(name: string, engine: Engine): Promise<CaseResult> {
  const folder = join(DATA, name);
  const bytes = readFileSync(join(folder, "model.onnx"));
  try {
    const source = {
      inputs: readOnnxInputs(bytes).map((input) => input.name),
      read: (bindings: object) => Promise.resolve(readOnnx(bytes, bindings)),
    };
    let result: CaseResult = { status: "pass" };
    for (const recorded of dataSetsOf(folder)) {
      const set = withBfloats(recorded, bytes);
      const { run, inputs } = await prepareCase(source, productFor(engine), set);
      result = compareOutputs(await run(inputs), set, ONNX_TOLERANCE);
      if (result.status !== "pass") return result;
    }
    return result;
  } catch (error) {
    if (!(error instanceof CompileError)) throw error;
    return { status: "unsupported", reason: error.message };
  }
}

/** The package records bf16 as the bits of it. */
function withBfloats(set: DataSet, bytes: Uint8Array): DataSet {
  const { input = [], output = [] } = decodeModel(bytes).graph ?? {};
  const read = (values: readonly CaseValue[], infos: readonly OnnxValueInfo[]): CaseValue[] => {
    const names = infos.map(({ name }) => name);
    const bfloats = infos.filter(({ type }) => type?.tensorType?.elemType === ONNX_TYPES.bf16);
    const wanted = new Set(bfloats.map(({ name }) => byName(values, names).get(name)));
    return values.map((one) => {
      const { type, data } = one.value;
      if (!wanted.has(one.value) || type.dtype !== "u16") return one;
      return { ...one, value: tensorOf({ ...type, dtype: "bf16" }, data) };
    });
  };
  return { ...set, inputs: read(set.inputs, input), outputs: read(set.outputs, output) };
}

/** The ops of a case's model, those of its branches and functions too. */
export function opsOf(name: string): string[] {
  const model = decodeModel(readFileSync(join(DATA, name, "model.onnx")));
  const all = (nodes: readonly OnnxNode[]): string[] =>
    nodes.flatMap(({ opType, attribute }) => [
      opType,
      ...attribute.flatMap(({ g }) => (g === undefined ? [] : all(g.node))),
    ]);
  const nodes = [...(model.graph?.node ?? []), ...model.functions.flatMap(({ node }) => node)];
  return [...new Set(all(nodes))].sort();
}
