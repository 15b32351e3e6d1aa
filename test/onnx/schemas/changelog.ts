/** Every version of every op as ONNX itself has them: changelog.tsv, which writeChangelog.py writes. */
import { readFileSync } from "node:fs";
import type { DType } from "../../../compiler/base/tensor.js";

export interface Parameter {
  readonly name: string;
  /** How many values it stands for. */
  readonly kind: "single" | "optional" | "variadic";
  /** Element types that both ONNX and Tilewright have. */
  readonly dtypes: readonly DType[];
  /** Parameters that name the same variable are of the same type. */
  readonly variable: string;
}

export interface Schema {
  readonly op: string;
  readonly since: number;
  /** This version only takes the op away. */
  readonly deprecated: boolean;
  readonly inputs: readonly Parameter[];
  readonly outputs: readonly Parameter[];
  /** Attributes with their defaults as text; "!" must be given, "" has none. */
  readonly attributes: ReadonlyMap<string, string>;
}

const KINDS = { "": "single", "?": "optional", "…": "variadic" } as const;

/** Pairs of `a=b c=d`. */
function pairs(text: string): Map<string, string> {
  const words = text.split(" ").filter((word) => word !== "");
  return new Map(
    words.map((word) => {
      const at = word.indexOf("=");
      return [word.slice(0, at), word.slice(at + 1)];
    }),
  );
}

function parameters(text: string, types: ReadonlyMap<string, string>): Parameter[] {
  return [...text.matchAll(/(\S+?)([?…]?):(\S+)/g)].map(([, name, mark, variable]) => ({
    name: name!,
    kind: KINDS[mark as keyof typeof KINDS],
    dtypes: types.get(variable!)!.split("|") as DType[],
    variable: variable!,
  }));
}

function parseLine(line: string): Schema {
  const [op, since, inputs = "", outputs = "", constraints = "", attributes = ""] =
    line.split("\t");
  const deprecated = inputs === "deprecated";
  const types = pairs(constraints);
  return {
    op: op!,
    since: Number(since),
    deprecated,
    inputs: deprecated ? [] : parameters(inputs, types),
    outputs: deprecated ? [] : parameters(outputs, types),
    attributes: pairs(attributes),
  };
}

function linesOf(file: string): string[] {
  return readFileSync(new URL(file, import.meta.url), "utf8")
    .trimEnd()
    .split("\n");
}

const [head, ...lines] = linesOf("./changelog.tsv");
/** Of onnxruntime's documentation of its own ops; those of its domain have it in front of their names. */
const [, ...others] = linesOf("./microsoft.tsv");

/** The newest opset that the list knows. */
export const CHANGELOG_OPSET = Number(/opset (\d+)/.exec(head!)![1]);

const versions = new Map<string, Schema[]>();
for (const schema of [...others, ...lines].map(parseLine)) {
  versions.set(schema.op, [...(versions.get(schema.op) ?? []), schema]);
}

/** Versions of an op, ascending, by its name. */
export const changelog: ReadonlyMap<string, readonly Schema[]> = versions;

/** The schema that a version of a row stands for. Throws where ONNX has none of this number. */
export function schemaOf(op: string, since: number): Schema {
  const schema = changelog.get(op)?.find((one) => one.since === since);
  if (schema === undefined) throw new Error(`ONNX has no ${op} of opset ${since}`);
  return schema;
}
