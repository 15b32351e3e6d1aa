/** Any definition reads back as it was printed, and any text is read or refused. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CompileError } from "../../compiler/base/error.js";
import type { Definition } from "../../compiler/graph/definition.js";
import { parseDefinition, parseText } from "../../compiler/graph/text/parse.js";
import { printDefinition } from "../../compiler/graph/text/print.js";

const name = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.constantFrom("_", "a.b", "__proto__", "nan"),
);
const number = fc.oneof(fc.double(), fc.integer());
const value = fc.oneof(number, name, fc.boolean(), fc.array(number), fc.array(name));
const operand = fc.oneof(
  name.map((text) => `%${text}` as const),
  name.map((text) => `@${text}` as const),
);
const dims = fc.array(fc.nat({ max: 9 }), { maxLength: 3 });
const definition: fc.Arbitrary<Definition> = fc.record({
  name,
  inputs: fc.array(
    fc.record({
      name,
      dtype: fc.constantFrom("f32" as const, "i64" as const, "bool" as const),
      dims: fc.array(fc.oneof(name, fc.nat())),
    }),
  ),
  nodes: fc.array(
    fc.record({
      name,
      op: name,
      inputs: fc.array(fc.option(operand, { nil: undefined })),
      attributes: fc.dictionary(name, value),
    }),
  ),
  outputs: fc.array(fc.record({ name, value: operand })),
  constants: fc.array(
    fc.oneof(
      fc.record({
        name,
        type: fc.record({ dtype: fc.constant("f32" as const), dims }),
        source: fc.record({
          kind: fc.constant("file" as const),
          path: name,
          offset: fc.nat(),
        }),
      }),
      fc.array(fc.float(), { maxLength: 16 }).chain((values) =>
        fc.record({
          name,
          type: fc.constant({ dtype: "f32" as const, dims: [values.length] }),
          source: fc.constant({ kind: "data" as const, data: Float32Array.from(values) }),
        }),
      ),
    ),
  ),
});

describe("any definition", () => {
  it("reads back as it was printed", () => {
    fc.assert(
      fc.property(definition, (given) => {
        const text = printDefinition(given);
        const parsed = parseDefinition(text);
        expect(printDefinition(parsed)).toBe(text);
        expect(parsed.nodes.map((node) => node.name)).toEqual(given.nodes.map((node) => node.name));
        expect(parsed.constants).toEqual(given.constants);
        expect(parsed.outputs).toEqual(given.outputs);
      }),
      { numRuns: 300, seed: 1 },
    );
  });
});

describe("any text", () => {
  const valid =
    'model m(%x: f32[N,3]) {\n  %a = f(%x, @c, _) {k=[1,-0], s="t"}\n  return y = %a\n}\n@c : f32[2] = [1, nan]\n@d : u8[1] = file "x" 0\n';

  /** A valid text with a piece cut out and another put in. */
  const broken = fc
    .tuple(
      fc.nat(valid.length),
      fc.nat(8),
      fc.oneof(fc.string(), fc.constantFrom(...'%@{}[](),:="\\')),
    )
    .map(([at, length, put]) => valid.slice(0, at) + put + valid.slice(at + length));

  it("is a definition or a syntax error with its place", () => {
    fc.assert(
      fc.property(fc.oneof(broken, fc.string({ unit: "binary" })), (text) => {
        try {
          const parsed = parseText(text);
          if (parsed.kind === "model") parseDefinition(printDefinition(parsed.definition));
        } catch (error) {
          expect(error).toBeInstanceOf(CompileError);
          const [problem] = (error as CompileError).problems;
          expect(problem!.code).toBe("syntax");
          expect(problem!.message).toMatch(/^line \d+:\d+: expected /);
        }
      }),
      { numRuns: 2000, seed: 1 },
    );
  });
});
