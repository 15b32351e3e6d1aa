/** Models that were once compiled to modules that compute wrong numbers, one for each kind of fault. */
import { describe, expect, it, vi } from "vitest";
import { planModel } from "../../compiler/compile.js";
import { parseDefinition } from "../../compiler/graph/text/parse.js";
import { ENGINES } from "../support/engine.js";
import { prepare, wrongWith } from "./check.js";
import { MODELS } from "./regressions.js";

// A hundred modules are emitted: that they are laid out for people is looked at elsewhere.
vi.mock("prettier", () => ({ format: (source: string) => Promise.resolve(source) }));

const WEIGHTS = `
@w : f32[4,3,3,3] = seed 1 center 0 spread 0.3
@v : f32[4,4,3,3] = seed 2 center 0 spread 0.2
@m : f32[5,5] = seed 3 center 0 spread 0.5
`;

/** Weights that the body does not name are nobody's. */
function modelOf(body: string): string {
  const used = WEIGHTS.trim()
    .split("\n")
    .filter(
      (line) =>
        body.includes(`${line.split(" ")[0]!},`) || body.includes(`${line.split(" ")[0]!})`),
    );
  return `model m${body.trim()}\n${used.join("\n")}\n`;
}

describe.each(Object.entries(MODELS))("%s", (_, models) => {
  const cases = ENGINES.flatMap((engine) =>
    Object.entries(models).map(([what, body]) => ({ what, body, engine })),
  );
  it.each(cases)("$what, $engine", async ({ body, engine }) => {
    expect(await wrongWith(prepare(parseDefinition(modelOf(body)), 1), engine)).toBeUndefined();
  });
});

/** By name: what is made of a quotient of 0.7 and 0.1, which is below 7 until it is rounded to f32. */
const JUMPS: Readonly<Record<string, string>> = {
  cast: `%y = cast(%q) {to="i32"}`,
  "cast to u8": `%y = cast(%q) {to="u8"}`,
  less: `%y = less(%q, @seven)`,
  equal: `%y = equal(%q, @seven)`,
  greaterOrEqual: `%y = greaterOrEqual(%q, @seven)`,
  sign: `%d = sub(%q, @seven)\n  %y = sign(%d)`,
  mod: `%y = mod(%q, @one)`,
  argMax: `%c = concat(%q, @seven) {axis=0}\n  %y = argMax(%c) {axis=0}`,
  floor: `%y = floor(%q)`,
  ceil: `%y = ceil(%q)`,
  where: `%l = less(%q, @seven)\n  %y = where(%l, @one, @seven)`,
};

/** What is made of a quotient of 0.3 and 0.1, which is above 3 until it is rounded. */
const JUMPS_ABOVE: Readonly<Record<string, string>> = {
  thresholdedRelu: `%y = thresholdedRelu(%q) {alpha=3}`,
  shrink: `%y = shrink(%q) {lambd=3, bias=1}`,
  ceil: `%y = ceil(%q)`,
  greater: `%y = greater(%q, @three)`,
};

/** A product that is more than f32 holds, and one that is less. */
const RANGES: Readonly<Record<string, string>> = {
  isInf: `%q = mul(%a, %a)\n  %y = isInf(%q)`,
  "cast to bool": `%q = mul(%b, %b)\n  %y = cast(%q) {to="bool"}`,
  equal: `%q = mul(%b, %b)\n  %y = equal(%q, @zero)`,
  sign: `%q = mul(%b, %b)\n  %y = sign(%q)`,
};

function jumpModel(body: string): string {
  const constants = { zero: 0, one: 1, three: 3, seven: 7 };
  const used = Object.entries(constants).filter(([name]) => body.includes(`@${name}`));
  const lines = used.map(([name, value]) => `@${name} : f32[1] = [${value}]`);
  return `model jump(%a: f32[1], %b: f32[1]) {\n  ${body}\n  return y = %y\n}\n${lines.join("\n")}\n`;
}

describe.each(ENGINES)(
  "what an op means does not depend on what it is fused with, %s",
  (engine) => {
    const wrong = (body: string, a: number, b: number): Promise<string | undefined> => {
      const values = { a: Float32Array.of(a), b: Float32Array.of(b) };
      return wrongWith(prepare(parseDefinition(jumpModel(body)), 1, values), engine);
    };

    it.each(Object.entries(JUMPS))("%s", async (_, body) => {
      expect(await wrong(`%q = div(%a, %b)\n  ${body}`, 0.7, 0.1)).toBeUndefined();
    });

    it.each(Object.entries(JUMPS_ABOVE))("%s of more", async (_, body) => {
      expect(await wrong(`%q = div(%a, %b)\n  ${body}`, 0.3, 0.1)).toBeUndefined();
    });

    it.each(Object.entries(RANGES))("%s beyond f32", async (_, body) => {
      expect(await wrong(body, 1e30, 1e-30)).toBeUndefined();
    });
  },
);

describe("memory", () => {
  it("of more than 4 GiB is refused, weights and values together", () => {
    const definition = parseDefinition(`model large(%x: f32[20000,20000]) {
  %a = add(%x, @w)
  %y = mul(%a, @v)
  return y = %y
}
@w : f32[20000,20000] = seed 1 center 0 spread 1
@v : f32[20000,20000] = seed 2 center 0 spread 1
`);
    expect(() => planModel(definition, { target: "wasm" })).toThrow("the most is");
  });
});
