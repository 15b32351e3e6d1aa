/** Reads folders in ONNX's test layout: a model, and sets of inputs with the outputs that are right. */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fail } from "../base/error.js";
import { failOnFile } from "../base/fileError.js";
import { readParsed } from "../base/readFile.js";
import { decodeTensor } from "../onnx/decode.js";
import { readTensorProto } from "../frontend/onnx/importTensor.js";
import { exactType } from "../onnx/elementTypes.js";
import type { Tensor } from "../base/tensor.js";
import { readTypedNpy } from "../frontend/weights/npy.js";
import { readNpz } from "../frontend/weights/npz.js";

/** One value of a set: by name where its file has one, otherwise by position. */
export interface CaseValue {
  readonly name: string;
  readonly value: Tensor;
  readonly path: string;
}

export interface DataSet {
  readonly folder: string;
  readonly inputs: readonly CaseValue[];
  readonly outputs: readonly CaseValue[];
}

/** A set may say what each node computes, by its name. */
export const NODE_VALUES = "values.npz";

const MODELS = ["model.onnx", "model.tw", "model.ts", "model.js", "model.mjs"];

/** The model's path. Throws CompileError `usage`. */
export function modelOf(folder: string): string {
  const name = MODELS.find((candidate) => existsSync(join(folder, candidate)));
  if (name !== undefined) return join(folder, name);
  return fail("usage", `${folder} has no model`, { hint: `expected one of ${MODELS.join(", ")}` });
}

/** The sets in test_data_set_0, test_data_set_1 … Throws CompileError where one cannot be read. */
export function dataSetsOf(folder: string): DataSet[] {
  const names = filesIn(folder)
    .filter((name) => /^test_data_set_\d+$/.test(name))
    .sort((a, b) => Number(a.slice(14)) - Number(b.slice(14)));
  if (names.length === 0) {
    fail("usage", `${folder} has no test_data_set_0`, {
      hint: "make it, with input_0.npy or input_0.pb for each input",
    });
  }
  return names.map((name) => {
    const set = join(folder, name);
    return { folder: set, inputs: valuesOf(set, "input"), outputs: valuesOf(set, "output") };
  });
}

function filesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    return failOnFile(error, `cannot read ${folder}`);
  }
}

/** What was recorded for nodes, by name; undefined where nothing was. Throws CompileError. */
export function nodeValuesOf(folder: string): Map<string, Tensor> | undefined {
  const path = join(folder, NODE_VALUES);
  return existsSync(path) ? readParsed(path, (bytes) => readNpz(bytes, readTypedNpy)) : undefined;
}

function valuesOf(folder: string, kind: "input" | "output"): CaseValue[] {
  const values: CaseValue[] = [];
  for (let i = 0; ; i++) {
    const path = ["pb", "npy"]
      .map((ending) => join(folder, `${kind}_${i}.${ending}`))
      .find((candidate) => existsSync(candidate));
    if (path === undefined) return values;
    values.push(readValue(path));
  }
}

function readValue(path: string): CaseValue {
  if (path.endsWith(".npy")) return { name: "", value: readParsed(path, readTypedNpy), path };
  return readParsed(path, (bytes) => {
    const proto = decodeTensor(bytes);
    exactType(proto.dataType, path);
    return { name: proto.name, value: readTensorProto(proto), path };
  });
}

/** Values by the names that a model has for them: those the files have, otherwise in order. */
export function byName(
  values: readonly CaseValue[],
  names: readonly string[],
): Map<string, Tensor> {
  const known = values.every(({ name }) => names.includes(name));
  return new Map(
    values.flatMap(({ name, value }, i): [string, Tensor][] => {
      const own = known ? name : names[i];
      return own === undefined ? [] : [[own, value]];
    }),
  );
}
