/** Gives every input of a Definition its size: from the definition, from --shape and --bind, from its symbols. */
import { fail, type Problem } from "../base/error.js";
import type { Definition, DefinitionInput, Dim } from "../graph/definition.js";
import { checkType, collect } from "../graph/typing.js";
import { suggestion } from "../base/suggest.js";
import { formatType, type Tensor, type TensorType } from "../base/tensor.js";

export interface Bindings {
  /** Sizes of symbols. */
  readonly dims?: Readonly<Record<string, number>>;
  /** Dims of inputs. */
  readonly shapes?: Readonly<Record<string, readonly number[]>>;
  /** Inputs that are constants from here on. */
  readonly values?: ReadonlyMap<string, Tensor>;
}

interface Binding {
  readonly size: number;
  /** Who said so, for the message when somebody says otherwise. */
  readonly by: string;
}

/** The types of the inputs by name; an input with problems is left out. */
export function bindInputs(
  definition: Definition,
  options: Bindings,
  problems: Problem[],
): Map<string, TensorType> {
  reportUnknownNames(definition, options, problems);
  const symbols = new Map<string, Binding>();
  for (const [symbol, size] of Object.entries(options.dims ?? {})) {
    symbols.set(symbol, { size, by: "the sizes given" });
  }
  for (const input of definition.inputs) {
    collect(problems, { node: input.name }, () => {
      for (const given of givenShapes(input, options)) bindShape(input, given, symbols);
    });
  }
  const types = new Map<string, TensorType>();
  for (const input of definition.inputs) {
    const type = collect(problems, { node: input.name }, () => bindInput(input, symbols));
    if (type !== undefined) types.set(input.name, type);
  }
  return types;
}

interface GivenShape {
  readonly dims: readonly number[];
  readonly by: string;
}

function givenShapes(input: DefinitionInput, { shapes, values }: Bindings): GivenShape[] {
  const given: GivenShape[] = [];
  if (shapes !== undefined && Object.hasOwn(shapes, input.name)) {
    given.push({ dims: shapes[input.name]!, by: `the shape of '${input.name}'` });
  }
  const value = values?.get(input.name);
  if (value !== undefined) {
    if (value.type.dtype !== input.dtype) {
      const message = `is bound to ${formatType(value.type)}, but declared ${describe(input)}`;
      fail("type-mismatch", message);
    }
    given.push({ dims: value.type.dims, by: `the value of '${input.name}'` });
  }
  return given;
}

function describe(input: DefinitionInput): string {
  return `${input.dtype}[${input.dims.join(",")}]`;
}

function bindShape(
  input: DefinitionInput,
  { dims, by }: GivenShape,
  symbols: Map<string, Binding>,
): void {
  const against = `${by} is [${dims.join(",")}], but it is declared ${describe(input)}`;
  if (dims.length !== input.dims.length) fail("shape-mismatch", against);
  input.dims.forEach((declared, i) => {
    const size = dims[i]!;
    if (typeof declared === "number") {
      if (declared !== size) fail("shape-mismatch", `${against}: ${size} is not ${declared}`);
      return;
    }
    const bound = symbols.get(declared);
    if (bound !== undefined && bound.size !== size) {
      const both = `${bound.size} by ${bound.by} and ${size} by ${by}`;
      fail("shape-mismatch", `dimension '${declared}' is bound to ${both}`);
    }
    symbols.set(declared, { size, by });
  });
}

function bindInput(input: DefinitionInput, symbols: ReadonlyMap<string, Binding>): TensorType {
  const sizeOf = (dim: Dim): number | undefined =>
    typeof dim === "number" ? dim : symbols.get(dim)?.size;
  const unbound = input.dims.filter((dim) => sizeOf(dim) === undefined);
  if (unbound.length > 0) {
    const names = [...new Set(unbound)].map((dim) => `'${dim}'`).join(", ");
    fail("unbound-dimension", `${names} of ${describe(input)} has no size`, {
      hint: `give one with --shape ${input.name}=${input.dims.join(",")}, numbers for names`,
    });
  }
  const dims = input.dims.map((dim) => sizeOf(dim)!);
  const wrong = dims.findIndex((dim) => !Number.isSafeInteger(dim) || dim < 0);
  if (wrong >= 0) {
    const symbol = typeof input.dims[wrong] === "string" ? ` ('${input.dims[wrong]}')` : "";
    const message = `dimension ${wrong}${symbol} is ${dims[wrong]}: expected a whole number`;
    fail("bad-dimension", message);
  }
  const type: TensorType = { dtype: input.dtype, dims };
  checkType(type);
  return type;
}

function reportUnknownNames(
  definition: Definition,
  { dims, shapes, values }: Bindings,
  problems: Problem[],
): void {
  const inputs = new Set(definition.inputs.map((input) => input.name));
  const symbols = new Set(
    definition.inputs.flatMap((input) => input.dims.filter((dim) => typeof dim === "string")),
  );
  const report = (what: string, given: Iterable<string>, known: ReadonlySet<string>): void => {
    for (const name of given) {
      if (known.has(name)) continue;
      const message = `the model has no ${what} '${name}'`;
      const hint = `it has ${[...known].join(", ") || "none"}`;
      problems.push({ code: "usage", message, hint, ...suggestion(name, known) });
    }
  };
  report("dimension", Object.keys(dims ?? {}), symbols);
  report("input", Object.keys(shapes ?? {}), inputs);
  report("input", values?.keys() ?? [], inputs);
}
