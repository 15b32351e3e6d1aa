/** Pictures prepared by emitted modules against what PIL, torchvision and OpenCV make of them. */
import { describe, expect, it, vi } from "vitest";
import { image } from "../../../compiler/frontend/preparation/image/spec.js";
import { prepareModel } from "../../../compiler/frontend/preparation/prepare.js";
import { evaluateGraph } from "../../../compiler/graph/evaluate.js";
import type { Definition } from "../../../compiler/graph/definition.js";
import { inferShapes } from "../../../compiler/infer/inferShapes.js";
import { ENGINES } from "../../support/engine.js";
import { loadProduct } from "../../support/product.js";
import { checkReference, noise, references, type Reference } from "./references.js";

// Modules of all cases are emitted: that they are laid out for people is looked at elsewhere.
vi.mock("prettier", () => ({ format: (source: string) => Promise.resolve(source) }));

const CHANNELS = { rgba8: 4, rgb8: 3, gray8: 1 } as const;

/** A model that returns what it takes, but channels last. */
function prepared({ spec, picture, model, channels }: Reference): Definition {
  const bare: Definition = {
    name: "net",
    inputs: [{ name: "photo", dtype: "f32", dims: ["n", channels, ...model] }],
    nodes: [
      { name: "y", op: "transpose", inputs: ["%photo"], attributes: { permutation: [0, 2, 3, 1] } },
    ],
    outputs: [{ name: "y", value: "%y" }],
    constants: [],
  };
  const scale = spec.mean === undefined ? { scale: 1 } : {};
  return prepareModel(bare, { photo: image({ size: picture, ...scale, ...spec }) }).definition;
}

function preparedUpTo(one: Reference): Definition {
  return prepared({ ...one, spec: { size: { upTo: [70, 60] }, ...one.spec } });
}

function pictureOf({ spec, picture }: Reference) {
  return noise([...picture, CHANNELS[spec.from!]]);
}

const titled = references.map((one) => {
  const { spec, picture, model, channels } = one;
  const title = `${picture.join("x")} to ${model.join("x")}x${channels} ${JSON.stringify(spec)}`;
  return [title, one] as const;
});

describe.each(ENGINES)("emitted for %s", (engine) => {
  it.each(titled)("%s", async (_, one) => {
    const product = await loadProduct(prepared(one), engine);
    const inputs = new Map([["photo", pictureOf(one)]]);
    checkReference(one, product.run(inputs).get("y")!.data as Float32Array);
  });
});

/** The same pictures where only a run knows their size, as an application gives them. */
describe.each(ENGINES.slice(0, 2))("of any size, emitted for %s", (engine) => {
  const some = titled.filter(([, one]) => one.sha256 === undefined && one.rounded !== true);
  it.each(some)("%s", async (_, one) => {
    const { model } = await loadProduct(preparedUpTo(one), engine);
    const [height, width] = one.picture;
    const { data } = pictureOf(one);
    checkReference(one, model.run({ photo: { data, width, height } })["y"] as Float32Array, 1);
  });
});

describe("interpreted", () => {
  it.each(titled.filter(([, { sha256 }]) => sha256 === undefined))("%s", (_, one) => {
    const graph = inferShapes(prepared(one), {});
    const values = evaluateGraph(graph, new Map([["photo", pictureOf(one)]]));
    checkReference(one, values.get(graph.outputs[0]!.value)!.data as Float32Array);
  });
});

describe("references", () => {
  it("come from every library, with every filter and fit", () => {
    const seen = (of: (one: Reference) => unknown): number => new Set(references.map(of)).size;
    expect(seen(({ spec }) => `${spec.rule} ${spec.resize}`)).toBe(9);
    expect(seen(({ spec }) => `${spec.rule} ${spec.fit}`)).toBe(9);
    expect(references.length).toBeGreaterThan(80);
  });
});
