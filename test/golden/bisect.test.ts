/** A fault planted in one op of a compiled model is found and named. */
import { describe, expect, it, vi } from "vitest";
import type { Definition } from "../../compiler/graph/definition.js";
import { parseDefinition } from "../../compiler/graph/text/parse.js";
import { inferShapes } from "../../compiler/infer/inferShapes.js";
import { tensor } from "../../compiler/base/tensor.js";
import { bisect } from "../../compiler/golden/bisect.js";
import { judgeOf } from "../../compiler/golden/judge.js";
import type { BuildModel } from "../../compiler/golden/prepareCase.js";
import { ENGINES } from "../support/engine.js";
import { productFor } from "../support/product.js";

// Many modules are emitted: that they are laid out for people is looked at elsewhere.
vi.mock("prettier", () => ({ format: (source: string) => Promise.resolve(source) }));

const model = parseDefinition(`model branches(%x: f32[1,2,4,4]) {
  %left = conv(%x, @w) {pads=[1,1,1,1]}
  %act = tanh(%left)
  %right = sigmoid(%x)
  %pool = maxPool(%right) {kernel=[3,3], pads=[1,1,1,1]}
  %sum = add(%act, %pool)
  %out = mul(%sum, %sum)
  return y = %out
}
@w : f32[2,2,3,3] = seed 3 center 0 spread 1
`);
const inputs = new Map([
  [
    "x",
    tensor(
      "f32",
      [1, 2, 4, 4],
      Array.from({ length: 32 }, (_, i) => Math.sin(i)),
    ),
  ],
]);

/** Compiles another op in the place of one. */
const wrongly =
  (build: BuildModel, from: string, to: string): BuildModel =>
  (definition, options) => {
    const nodes = definition.nodes.map((node) => (node.op === from ? { ...node, op: to } : node));
    return build({ ...definition, nodes } satisfies Definition, options);
  };

const graph = inferShapes(model);
const find = (build: BuildModel) => bisect(graph, inputs, build, judgeOf(graph, inputs));

describe.each(ENGINES)("bisect on %s", (engine) => {
  const build = productFor(engine);

  it("finds nothing where nothing is wrong", async () => {
    expect(await find(build)).toBeUndefined();
  });

  it.each([
    ["tanh", "softsign", "act"],
    ["sigmoid", "hardSigmoid", "right"],
    ["add", "max", "sum"],
    ["mul", "add", "out"],
  ])("finds %s that is compiled as %s", async (from, to, node) => {
    const culprit = await find(wrongly(build, from, to));
    expect(culprit).toMatchObject({ node, op: from, type: "f32[1,2,4,4]" });
    expect(culprit!.reason).toMatch(/is .*, expected /);
  });
});
