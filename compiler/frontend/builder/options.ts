/** What layers do with the options they are given: which there are, one number for all dims, padding by rule. */
import { CompileError, fail, type Problem } from "../../base/error.js";
import { suggestion } from "../../base/suggest.js";

/** One number for every spatial dimension, or one a dimension. */
export type PerDim = number | readonly number[];

/**
 * Elements on both sides of each dimension, `[[before, after], …]` for sides that differ, "valid" (none),
 * or "same" (the output is as large as the input over stride; where the total is odd the extra element
 * goes to the end, TensorFlow's SAME_UPPER; "sameLower" puts it at the start).
 */
export type Padding =
  PerDim | readonly (readonly [number, number])[] | "valid" | "same" | "sameLower";

/** Every option a layer has, and whether it must be given. */
export type OptionTable<Options> = {
  readonly [Name in keyof Required<Options>]: object extends Pick<Options, Name>
    ? "optional"
    : "required";
};

/**
 * TypeScript refuses options that are not there or are missing; this does for models in JavaScript. Throws a
 * CompileError with all of them.
 */
export function checkOptions<Options extends object>(
  given: Options | undefined,
  table: OptionTable<Options>,
): void {
  const known = Object.keys(table);
  const missing = known.filter(
    (name) =>
      table[name as keyof Options] === "required" && given?.[name as keyof Options] === undefined,
  );
  const unknown = Object.keys(given ?? {}).filter((name) => !known.includes(name));
  const problems = [
    ...missing.map((name): Problem => ({
      code: "bad-attribute",
      message: `option ${name} is missing`,
    })),
    ...unknown.map((name): Problem => ({
      code: "unknown-attribute",
      message: `there is no option ${name}; the options are ${known.join(", ")}`,
      ...suggestion(name, known),
    })),
  ];
  if (problems.length > 0) throw new CompileError(problems);
}

/** 3 in two dimensions => [3, 3]. Throws CompileError `bad-attribute` on another number of numbers. */
export function perDim(value: PerDim, rank: number, option: string): readonly number[] {
  if (typeof value === "number") return new Array<number>(rank).fill(value);
  if (value.length !== rank)
    fail("bad-attribute", `${option} has ${value.length} numbers for ${rank} spatial dimensions`);
  return value;
}

export function optionalPerDim(
  value: PerDim | undefined,
  rank: number,
  option: string,
): readonly number[] | undefined {
  return value === undefined ? undefined : perDim(value, rank, option);
}

/** Padding as ONNX's [begins…, ends…], or a rule by name. */
export function padsOf(
  padding: Padding | undefined,
  rank: number,
): readonly number[] | string | undefined {
  switch (padding) {
    case undefined:
      return undefined;
    case "valid":
      return "valid";
    case "same":
      return "sameUpper";
    case "sameLower":
      return "sameLower";
    default:
  }
  if (typeof padding === "number") return new Array<number>(2 * rank).fill(padding);
  if (typeof padding === "string")
    fail("bad-attribute", `padding ${padding}: the rules are valid, same and sameLower`);
  if (padding.length !== rank)
    fail("bad-attribute", `padding has ${padding.length} entries for ${rank} spatial dimensions`);
  const sides = padding.map((one): readonly [number, number] =>
    typeof one === "number" ? [one, one] : one,
  );
  return [...sides.map(([before]) => before), ...sides.map(([, after]) => after)];
}
