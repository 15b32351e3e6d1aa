/** Finds samples in a folder: .npy files of one or of many, pictures, or sets in ONNX's test layout. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { CompileError, fail, type Problem } from "../base/error.js";
import { failOnFile } from "../base/fileError.js";
import { picturesBySize } from "../base/picture.js";
import {
  elementCount,
  formatType,
  sameDims,
  type Tensor,
  type TensorData,
} from "../base/tensor.js";
import { byName, dataSetsOf } from "../golden/testCase.js";
import { bestClasses } from "../golden/agreement.js";
import type { GraphInput } from "../graph/graph.js";
import { readTypedNpy } from "../frontend/weights/npy.js";
import type { Files } from "../project/files.js";
import type { Sample, SampleSource } from "../quantize/samples.js";
import { readPicture } from "./sampleInputs.js";

const LABELS = "labels.npy";

/** Throws CompileError with every file that is no sample for these inputs. */
export function samplesIn(
  folder: string,
  inputs: readonly GraphInput[],
  files: Files,
): readonly SampleSource[] {
  const names = filesIn(folder);
  const sizes = picturesBySize(inputs);
  const given = inputs.filter(({ name }) => !sizes.has(name));
  const sources = names.some((name) => /^test_data_set_\d+$/.test(name))
    ? samplesOfSets(folder, given)
    : samplesOfFiles(folder, names, given, files);
  if (sizes.size === 0) return sources;
  return sources.map((source) => async () => {
    const sample = typeof source === "function" ? await source() : source;
    const own = [...sizes].map(([size, picture]) => {
      const { dims } = inputs.find(({ name }) => name === picture)!.type;
      return [size, dims.slice(0, 2)] as const;
    });
    return { ...sample, inputs: { ...sample.inputs, ...Object.fromEntries(own) } };
  });
}

function filesIn(folder: string): string[] {
  try {
    return readdirSync(folder).sort(new Intl.Collator("en", { numeric: true }).compare);
  } catch (error) {
    return failOnFile(error, `cannot read ${folder}`);
  }
}

/** The best class of what was recorded is the label. */
function samplesOfSets(folder: string, inputs: readonly GraphInput[]): SampleSource[] {
  return dataSetsOf(folder).map((set): Sample => {
    const values = byName(
      set.inputs,
      inputs.map(({ name }) => name),
    );
    const given = [...values].map(([name, { data }]) => [name, numbersOf(data)] as const);
    const recorded = set.outputs[0]?.value;
    const classes = recorded?.type.dims.at(-1) ?? 0;
    const label =
      recorded !== undefined && classes > 1 && recorded.data.length === classes
        ? { label: bestClasses(recorded.data, { from: 0, classes, stride: 1 })[0]! }
        : {};
    return { inputs: Object.fromEntries(given), name: set.folder, ...label };
  });
}

/** Files of the only input, or of each input a file of all its values that is called after it. */
function samplesOfFiles(
  folder: string,
  names: readonly string[],
  inputs: readonly GraphInput[],
  files: Files,
): SampleSource[] {
  const problems: Problem[] = [];
  const samples: readonly SampleSource[] =
    inputs.length === 1
      ? names
          .filter((name) => /\.(npy|png)$/i.test(name) && name !== LABELS)
          .flatMap((name) => samplesOfFile(join(folder, name), inputs[0]!, files, problems))
      : joined(folder, names, inputs, files, problems);
  if (problems.length > 0) throw new CompileError(problems);
  if (samples.length === 0)
    fail("bad-samples", `${folder} has no samples`, {
      hint: "expected .npy files, pictures as .png, or folders test_data_set_0 …",
    });
  return names.includes(LABELS) ? labelled(samples, join(folder, LABELS), files) : [...samples];
}

function labelled(samples: readonly SampleSource[], path: string, files: Files): SampleSource[] {
  const { data, type } = files.from(path, readTypedNpy);
  if (data.length !== samples.length)
    fail("bad-samples", `${path} is ${formatType(type)}, there are ${samples.length} samples`);
  return samples.map((source, i) => async () => {
    const sample = typeof source === "function" ? await source() : source;
    return { ...sample, label: Number(data[i]) };
  });
}

function samplesOfFile(
  path: string,
  input: GraphInput,
  files: Files,
  problems: Problem[],
): SampleSource[] {
  const sampleOf = (name: string, data: ArrayLike<number>): Sample => ({
    name,
    inputs: { [input.name]: data },
  });
  if (/\.png$/i.test(path))
    return [
      async () =>
        sampleOf(path, numbersOf((await readPicture(path, input.type, files)).value.data)),
    ];
  const rows = rowsOf(path, input, files, problems);
  return rows.map((row, i) => sampleOf(rows.length === 1 ? path : `${path}[${i}]`, row));
}

/** One sample a row of every input's file. */
function joined(
  folder: string,
  names: readonly string[],
  inputs: readonly GraphInput[],
  files: Files,
  problems: Problem[],
): SampleSource[] {
  const rows = inputs.map((input) => {
    const file = `${input.name}.npy`;
    if (names.includes(file)) return rowsOf(join(folder, file), input, files, problems);
    problems.push({
      code: "bad-samples",
      message: `${folder} has no values of input '${input.name}'`,
      hint: `of several inputs each has a file, such as ${file}`,
    });
    return [];
  });
  const counts = rows.map((one) => one.length);
  if (problems.length === 0 && new Set(counts).size > 1)
    problems.push({
      code: "bad-samples",
      message: `files of inputs in ${folder} have ${counts.join(", ")} samples`,
    });
  return (rows[0] ?? []).map((_, i) => ({
    name: `${folder}[${i}]`,
    inputs: Object.fromEntries(inputs.map(({ name }, k) => [name, rows[k]?.[i] ?? []])),
  }));
}

/** A file holds one sample, or many along its first dimension; dims of 1 may be left out. */
function rowsOf(
  path: string,
  { name, type }: GraphInput,
  files: Files,
  problems: Problem[],
): ArrayLike<number>[] {
  const file: Tensor = files.from(path, readTypedNpy);
  const data = numbersOf(file.data);
  const { dims } = file.type;
  const wanted = withoutOnes(type.dims);
  if (sameDims(withoutOnes(dims), wanted)) return [data];
  if (sameDims(withoutOnes(dims.slice(1)), wanted)) {
    const each = elementCount(type.dims);
    return Array.from({ length: dims[0]! }, (_, i) => data.slice(i * each, (i + 1) * each));
  }
  problems.push({
    code: "bad-samples",
    message: `${path} has [${dims.join(",")}], the model wants ${formatType(type)}`,
    node: name,
    hint: "a file holds a sample, or many along one more dimension in front",
  });
  return [];
}

function withoutOnes(dims: readonly number[]): number[] {
  return dims.filter((dim) => dim !== 1);
}

function numbersOf(data: TensorData): Exclude<TensorData, BigInt64Array> {
  return data instanceof BigInt64Array ? Float64Array.from(data, Number) : data;
}
