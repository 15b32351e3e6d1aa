/** How ONNX's ops on lists of tensors and on optional values are read: they are gone when the model is read. */
import { z } from "zod";
import { formatType, tensor } from "../../../base/tensor.js";
import type { Operand } from "../../../graph/definition.js";
import { splitParts } from "../../../ops/slice.js";
import {
  flag,
  integer,
  layer,
  refuse,
  row,
  type Given,
  type Result,
  type Row,
  type Sequence,
  type Site,
  type Value,
} from "../importSite.js";
import { axisOf, numbers } from "./constant.js";

/** The list that an input is. Throws CompileError `type-mismatch`. */
function listOf({ given }: Site, input = 0): readonly Operand[] {
  const one = given[input];
  if (typeof one === "object") return one.items;
  return refuse("expected a sequence", "SequenceConstruct makes one", "type-mismatch");
}

/** A tensor that is wanted. Throws CompileError `type-mismatch`. */
function tensorOf({ inputs, given }: Site, input: number): Operand {
  const one = inputs[input];
  if (one !== undefined) return one;
  const what = typeof given[input] === "object" ? "a sequence" : "an optional value";
  return refuse(`input ${input} is ${what}: expected a tensor`, undefined, "type-mismatch");
}

/** A position that may count from the end, below `limit`; `fallback` where none is given. */
function positionOf(site: Site, input: number, count: number, limit: number, fallback: number) {
  if (site.given[input] === undefined) return fallback;
  tensorOf(site, input);
  const [position = 0] = numbers(site.value(input));
  const at = position < 0 ? position + count : position;
  if (Number.isInteger(at) && at >= 0 && at < limit) return at;
  return refuse(`position ${position} in a sequence of ${count}`, undefined, "bad-attribute");
}

function insert(site: Site): Sequence {
  const items = listOf(site);
  const { length } = items;
  const at = positionOf(site, 2, length, length + 1, length);
  return { items: items.toSpliced(at, 0, tensorOf(site, 1)) };
}

function erase(site: Site): Sequence {
  const items = listOf(site);
  if (items.length === 0) refuse("the sequence is empty", undefined, "bad-attribute");
  return { items: items.toSpliced(positionOf(site, 1, items.length, items.length, -1), 1) };
}

function at(site: Site): Value {
  const items = listOf(site);
  return items[positionOf(site, 1, items.length, items.length, 0)]!;
}

interface Concat {
  readonly axis: number;
  readonly new_axis: boolean;
}

function concatenate(site: Site<Concat>): Value {
  const items = listOf(site);
  const { axis, new_axis: stacked } = site.attributes;
  if (items.length === 0) refuse("the sequence is empty", undefined, "bad-attribute");
  const parts = stacked ? items.map((item) => layer("unsqueeze", [item], { axes: [axis] })) : items;
  return layer("concat", parts, { axis });
}

interface Split {
  readonly axis: number;
  readonly keepdims: boolean;
}

/** Parts of listed sizes, or of one size but for the last; without sizes of one each, then without their dim. */
function split(site: Site<Split>): Sequence {
  const { inputs, attributes, type } = site;
  const x = type(0);
  const axis = axisOf(attributes.axis, x.dims.length);
  const dim = x.dims[axis]!;
  const sizes = sizesOf(site, dim);
  const whole = sizes.reduce((sum, size) => sum + size, 0);
  if (whole !== dim || !sizes.every((size) => Number.isInteger(size) && size >= 0)) {
    const message = `parts of [${sizes.join(",")}] along axis ${axis} of ${formatType(x)}`;
    refuse(message, undefined, "shape-mismatch");
  }
  const parts = splitParts(sizes).map((how) =>
    layer("split", inputs.slice(0, 1), { axis, ...how }),
  );
  const squeezed = site.given[1] === undefined && !attributes.keepdims;
  return {
    items: squeezed ? parts.map((part) => layer("squeeze", [part], { axes: [axis] })) : parts,
  };
}

/** Tensors of a sequence. */
const LONGEST = 2 ** 16;

function sizesOf(site: Site<Split>, dim: number): readonly number[] {
  const alike = (size: number): readonly number[] => {
    const count = Math.ceil(dim / size);
    if (!(size >= 1) || count > LONGEST) {
      refuse(`${count} parts of ${size}`, undefined, size >= 1 ? "too-large" : "bad-attribute");
    }
    return Array.from({ length: count }, (_, i) => Math.min(size, dim - i * size));
  };
  if (site.given[1] === undefined) return alike(1);
  const listed = site.value(1);
  if (listed.type.dims.length > 0) return numbers(listed);
  return alike(numbers(listed)[0] ?? 0);
}

/** What is there is the value itself. */
function optional({ given: [value] }: Site): Result {
  return value ?? "absent";
}

const isThere = (given: Given | undefined): boolean => given !== undefined && given !== "absent";

function element({ given: [value] }: Site): Result {
  if (value !== undefined && isThere(value)) return value;
  return refuse("the optional value is not there", "ask OptionalHasElement first");
}

const OPTIONALS = [15, 18, 28] as const;

export const sequenceRows: Readonly<Record<string, Row>> = {
  SequenceConstruct: row({
    inputs: "inputs…",
    since: [11],
    build: ({ inputs }) => ({ items: inputs.filter((input) => input !== undefined) }),
  }),
  SequenceEmpty: row({
    inputs: "",
    attributes: { dtype: integer.optional() },
    since: [11],
    build: () => ({ items: [] }),
  }),
  SequenceInsert: row({
    inputs: "input_sequence tensor position?",
    since: [11],
    sequences: true,
    build: insert,
  }),
  SequenceErase: row({
    inputs: "input_sequence position?",
    since: [11],
    sequences: true,
    build: erase,
  }),
  SequenceAt: row({
    inputs: "input_sequence position",
    since: [11],
    sequences: true,
    build: at,
  }),
  SequenceLength: row({
    inputs: "input_sequence",
    since: [11],
    sequences: true,
    build: (site) => tensor("i64", [], [listOf(site).length]),
  }),
  ConcatFromSequence: row({
    inputs: "input_sequence",
    attributes: { axis: integer, new_axis: flag.default(false) },
    since: [11],
    sequences: true,
    build: concatenate,
  }),
  SplitToSequence: row({
    inputs: "input split?",
    attributes: { axis: integer.default(0), keepdims: flag.default(true) },
    since: [11, 24],
    build: split,
  }),
  Optional: row({
    inputs: "input?",
    attributes: { type: z.undefined().optional() },
    since: [15, 28],
    sequences: true,
    build: optional,
  }),
  OptionalHasElement: row({
    inputs: "input?",
    since: OPTIONALS,
    sequences: true,
    build: ({ given: [value] }) => tensor("bool", [], [Number(isThere(value))]),
  }),
  OptionalGetElement: row({
    inputs: "input",
    since: OPTIONALS,
    sequences: true,
    build: element,
  }),
};
