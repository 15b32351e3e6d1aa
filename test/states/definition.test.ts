/** States in texts, in the builder and in what is inferred: what is kept of them, and what cannot be. */
import { describe, expect, it } from "vitest";
import {
  add,
  cat,
  constantTensor,
  linear,
  keepStates,
  model,
  tanh,
  type Definition,
} from "../../compiler/index.js";
import { CompileError } from "../../compiler/base/error.js";
import { tensor } from "../../compiler/base/tensor.js";
import { parseDefinition, parseGraph } from "../../compiler/graph/text/parse.js";
import { printDefinition, printGraph } from "../../compiler/graph/text/print.js";
import { inferShapes } from "../../compiler/infer/inferShapes.js";
import { isDefinition } from "../../compiler/project/definitionShape.js";
import { readQuery } from "../../compiler/project/readConfig.js";
import { hashModel } from "../../compiler/modelHash.js";
import { runPasses } from "../../compiler/passes/index.js";
import { CELL, LINE, TYPES } from "./models.js";

const TEXT = `model odd(%x: f32[N], %"a b": f32[N], %c: f32[2], %d: f32[2]) {
  %y = add(%x, %"a b")
  %z = add(%c, %d)
  state %"a b" = keep keep from @"from here"
  state %c = "b c" from @k
  state %d = from
  return keep = %y, "b c" = %z, from = %z
}
@"from here" : f32[2] = [1, 2]
@k : f32[2] = [3, 4]
`;

function problemsOf(definition: Definition): readonly string[] {
  try {
    inferShapes(definition);
    return [];
  } catch (error) {
    if (!(error instanceof CompileError)) throw error;
    return error.problems.map(({ code, node, message }) => `${code} ${node}: ${message}`);
  }
}

describe("states in texts", () => {
  it("are printed as they are read", () => {
    const definition = parseDefinition(TEXT);
    expect(printDefinition(definition)).toBe(TEXT);
    expect(definition.states).toEqual([
      { input: "a b", output: "keep", keep: true, initial: "@from here" },
      { input: "c", output: "b c", initial: "@k" },
      { input: "d", output: "from" },
    ]);
    const graph = inferShapes(definition, { dims: { N: 2 } });
    expect(printGraph(parseGraph(printGraph(graph)))).toBe(printGraph(graph));
    expect(parseGraph(printGraph(graph)).states).toEqual(definition.states);
  });

  it.each([
    ["state %c", "state c", "2:9: expected an input that is a state"],
    ['= "b c" from @k', "= %z", 'an output\'s name, found "%z"'],
    ["from @k", "from 3", "expected a constant's name"],
  ])("are refused where %s is %s", (good, bad, message) => {
    const text = TEXT.replace(/\n.*= add.*\n.*\n.*keep keep.*/, "").replace(good, bad);
    expect(() => parseDefinition(text)).toThrow(message);
  });

  it("count in the model's hash, and stay through all passes with what they are at first", () => {
    const { states, ...stateless } = CELL;
    expect(hashModel(CELL)).not.toBe(hashModel(stateless));
    const graph = runPasses(inferShapes(CELL));
    expect(graph.states).toBe(states);
    expect(graph.constants.map(({ name }) => name)).toContain("first");
  });

  it.each([CELL, LINE, TYPES])("are part of what files of code export: $name", (definition) => {
    expect(isDefinition(definition)).toBe(true);
    const states = [{ ...definition.states![0]!, initial: "first" }];
    expect(isDefinition({ ...definition, states })).toBe(false);
  });
});

describe("states that cannot be", () => {
  it("are all reported with what they are", () => {
    const text = `model bad(%x: f32[2], %a: f32[3], %b: i32[2]) {
  %y = relu(%x)
  state %a = y
  state %b = y from @k
  state %b = yy
  state %z = y
  return y = %y, x = %x
}
@k : f32[2] = [3, 4]
`;
    expect(problemsOf(parseDefinition(text))).toEqual([
      "unknown-operand undefined: the model has no output 'yy' for a state",
      "duplicate-name b: two states are kept in this input",
      "unknown-operand undefined: the model has no input 'z' for a state",
      "type-mismatch a: is a state of type f32[3], and output 'y' is f32[2]",
      "type-mismatch b: is a state of type i32[2], and output 'y' is f32[2]",
      "type-mismatch b: is a state of type i32[2], and its first value is f32[2]",
    ]);
    const unknown = { ...CELL, constants: CELL.constants.slice(0, 1) };
    expect(problemsOf(unknown)).toEqual([
      "unknown-operand hidden: begins as @first, which is no constant of this model",
    ]);
  });
});

describe("the builder", () => {
  const cell = linear({ inFeatures: 12, outFeatures: 8 });
  const first = tensor(
    "f32",
    [1, 8],
    Array.from({ length: 8 }, (_, i) => i),
  );

  it("has them among its inputs", () => {
    const definition = model(
      "rnn",
      { frame: [1, 4], hidden: { dims: [1, 8], state: "next", keep: true, initial: first } },
      { cell },
      (m, { frame, hidden }) => {
        const next = tanh(m.cell(cat([frame, hidden], 1)));
        return { next, sum: add(next, hidden) };
      },
    );
    expect(definition.inputs[1]).toEqual({ name: "hidden", dtype: "f32", dims: [1, 8] });
    const [state] = inferShapes(definition).states!;
    expect(state).toMatchObject({ input: "hidden", output: "next", keep: true });
    const constant = definition.constants.find(({ name }) => `@${name}` === state!.initial)!;
    expect(constantTensor(constant)).toEqual(first);
  });

  it("is not needed for a model that is there", () => {
    const { states: _, ...stateless } = LINE;
    const kept = keepStates(stateless, { a: "b", c: "x" }, new Map([["a", first]]));
    expect(kept.states).toEqual([
      { input: "a", output: "b", initial: "@a.initial" },
      { input: "c", output: "x" },
    ]);
    expect(keepStates(kept, { a: "a" }).states).toEqual([
      { input: "a", output: "a", initial: "@a.initial" },
      { input: "c", output: "x" },
    ]);
    expect(keepStates(stateless, {})).toBe(stateless);
    expect(() => keepStates(stateless, { d: "b" })).toThrow("the model has no input 'd'");
  });
});

it("queries of imports say them", () => {
  expect(readQuery("state=h0=hn&state=c0=cn&initial=h0=h.npy", "/models/net.onnx")).toEqual({
    state: ["h0=hn", "c0=cn"],
    initial: ["h0=/models/h.npy"],
  });
});
