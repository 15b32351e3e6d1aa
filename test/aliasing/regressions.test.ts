/** Models that were once compiled to modules that compute wrong numbers, one for each kind of fault. */
import { describe, expect, it, vi } from "vitest";
import { planModel } from "../../compiler/compile.js";
import { parseDefinition } from "../../compiler/graph/text/parse.js";
import { ENGINES } from "../support/engine.js";
import { prepare, wrongWith } from "./check.js";

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

/** By what was wrong: an input, or a value read again, had a border that the copy of inputs knows nothing of. */
const BORDERS: Readonly<Record<string, string>> = {
  "an image with channels last before a padded convolution": `(%x: f32[1,5,5,3]) {
  %t = transpose(%x) {permutation=[0,3,1,2]}
  %y = conv(%t, @w) {pads=[1,1,1,1]}
  return y = %y
}`,
  "two images with channels last before a padded convolution": `(%x: f32[2,5,5,3]) {
  %t = transpose(%x) {permutation=[0,3,1,2]}
  %y = conv(%t, @w) {pads=[1,1,1,1]}
  return y = %y
}`,
  "a slice of an input before a padded convolution": `(%x: f32[1,6,5,5]) {
  %s = slice(%x) {starts=[2], ends=[5], axes=[1]}
  %y = conv(%s, @w) {pads=[1,1,1,1]}
  return y = %y
}`,
  "a flip of an input before a padded convolution": `(%x: f32[1,3,5,5]) {
  %s = slice(%x) {starts=[-1], ends=[-9], axes=[3], steps=[-1]}
  %y = conv(%s, @w) {pads=[1,1,1,1]}
  return y = %y
}`,
  "an input with its channels turned round before a padded convolution": `(%x: f32[1,3,5,5]) {
  %s = slice(%x) {starts=[-1], ends=[-9], axes=[1], steps=[-1]}
  %y = conv(%s, @w) {pads=[1,1,1,1]}
  return y = %y
}`,
  "a constant pad before a pointwise op": `(%x: f32[2,3,4,4]) {
  %p = pad(%x) {pads=[0,0,1,1,0,0,1,1]}
  %y = relu(%p)
  return y = %y
}`,
  "a reflecting pad of an input": `(%x: f32[1,3,4,4]) {
  %y = pad(%x) {pads=[0,0,1,1,0,0,1,1], mode="reflect"}
  return y = %y
}`,
  "a replicating pad of an input": `(%x: f32[1,3,4,4]) {
  %y = pad(%x) {pads=[0,0,1,1,0,0,1,1], mode="replicate"}
  return y = %y
}`,
  "a circular pad of an input": `(%x: f32[1,3,4,4]) {
  %y = pad(%x) {pads=[0,0,1,1,0,0,1,1], mode="circular"}
  return y = %y
}`,
  "a padded convolution of a part, then one of the whole": `(%x: f32[1,4,5,5]) {
  %p = relu(%x)
  %s = slice(%p) {starts=[0], ends=[3], axes=[1]}
  %a = conv(%s, @w) {pads=[1,1,1,1]}
  %b = conv(%p, @v) {pads=[1,1,1,1]}
  %y = add(%a, %b)
  return y = %y
}`,
  "a padded convolution of the whole, then one of a part": `(%x: f32[1,4,5,5]) {
  %p = relu(%x)
  %b = conv(%p, @v) {pads=[1,1,1,1]}
  %s = slice(%p) {starts=[1], ends=[4], axes=[1]}
  %a = conv(%s, @w) {pads=[1,1,1,1]}
  %y = add(%a, %b)
  return y = %y
}`,
  "a padded convolution of a few rows, then one of the whole": `(%x: f32[1,4,5,5]) {
  %p = relu(%x)
  %s = slice(%p) {starts=[0], ends=[3], axes=[2]}
  %a = conv(%s, @v) {pads=[1,1,0,1]}
  %b = conv(%p, @v) {pads=[1,1,1,1]}
  return a = %a, b = %b
}`,
  "two readers that find other numbers beyond the edge": `(%x: f32[1,3,5,5]) {
  %p = relu(%x)
  %a = conv(%p, @w) {pads=[1,1,1,1]}
  %b = conv(%p, @w) {pads=[1,1,1,1], padMode="reflect"}
  %c = maxPool(%p) {kernel=[3,3], pads=[1,1,1,1]}
  return a = %a, b = %b, c = %c
}`,
};

/** Written over something that was still read under another name. */
const OVERWRITTEN: Readonly<Record<string, string>> = {
  "a value less a part of itself": `(%x: f32[2,5]) {
  %a = relu(%x)
  %s = slice(%a) {starts=[0], ends=[1], axes=[1]}
  %y = sub(%a, %s)
  return y = %y
}`,
  "images less their first channel": `(%x: f32[2,3,4,4]) {
  %a = relu(%x)
  %s = slice(%a) {starts=[0], ends=[1], axes=[1]}
  %y = sub(%a, %s)
  return y = %y
}`,
  "images less the first of them": `(%x: f32[2,3,4,4]) {
  %a = relu(%x)
  %s = slice(%a) {starts=[0], ends=[1], axes=[0]}
  %y = sub(%a, %s)
  return y = %y
}`,
  "a value plus its transpose": `(%x: f32[5,5]) {
  %a = relu(%x)
  %t = transpose(%a)
  %y = add(%a, %t)
  return y = %y
}`,
  "a value plus a product with its transpose": `(%x: f32[5,5]) {
  %a = relu(%x)
  %t = transpose(%a)
  %p = matmul(%t, @m)
  %y = add(%p, %a)
  return y = %y
}`,
  "a value less itself the other way round": `(%x: f32[2,6]) {
  %a = tanh(%x)
  %f = slice(%a) {starts=[-1], ends=[-9], axes=[1], steps=[-1]}
  %y = sub(%a, %f)
  return y = %y
}`,
  "a dense residual block whose result is read twice": `(%x: f32[1,4,6,6]) {
  %y = conv(%x, @v) {pads=[1,1,1,1]}
  %c = conv(%y, @v2) {pads=[1,1,1,1]}
  %cat = concat(%y, %c) {axis=1}
  %d = conv(%cat, @v3) {pads=[1,1,1,1]}
  %z = add(%d, %y)
  %e = conv(%z, @v2) {pads=[1,1,1,1]}
  %cat2 = concat(%z, %e) {axis=1}
  %f = conv(%cat2, @v3) {pads=[1,1,1,1]}
  %out = add(%f, %z)
  return out = %out
}
@v2 : f32[4,4,3,3] = seed 4 center 0 spread 0.2
@v3 : f32[4,8,3,3] = seed 5 center 0 spread 0.2`,
};

/** Left where it did not lie. */
const MOVED: Readonly<Record<string, string>> = {
  "a concat of a concat of equal operands": `(%x: f32[1,4]) {
  %a = relu(%x)
  %c = concat(%a, %a) {axis=1}
  %y = concat(%c, %a) {axis=1}
  return y = %y
}`,
  "a concat of equal operands that comes last": `(%x: f32[1,4]) {
  %a = relu(%x)
  %c = concat(%a, %a) {axis=1}
  %y = concat(%a, %c) {axis=1}
  return y = %y
}`,
};

/** Named like something that the compiler has made. */
const NAMED: Readonly<Record<string, string>> = {
  "a value called like a temporary": `(%x: f32[2,6]) {
  %x.k.rank = relu(%x)
  %x.k = topKIndices(%x) {k=3, axis=1}
  return y = %x.k, rank = %x.k.rank
}`,
  "values called like the temporaries of a softmax": `(%x: f32[3,5]) {
  %s.e = tanh(%x)
  %s.max = relu(%x)
  %s = softmax(%x)
  %p = matmul(%s, @m)
  return p = %p, e = %s.e, max = %s.max
}`,
  "a constant called like a table": `(%x: f32[1,1,4,4]) {
  %p = averagePool(%x) {kernel=[3,3], pads=[1,1,1,1]}
  %y = mul(%p, @"#p.counts_oh")
  return y = %y
}
@"#p.counts_oh" : f32[4] = [5, 7, 11, 13]`,
  "a value called like a copy of another": `(%x: f32[1,3,5,5]) {
  %"x.relayout" = tanh(%x)
  %"%x.relayout" = conv(%"x.relayout", @w) {pads=[1,1,1,1]}
  %y = conv(%x, @w) {pads=[1,1,1,1]}
  return y = %y, z = %"%x.relayout", t = %"x.relayout"
}`,
};

const sets = {
  "borders are there for who reads them": BORDERS,
  "nothing is overwritten that is read under another name": OVERWRITTEN,
  "parts lie where they are looked for": MOVED,
  "names mean what they name": NAMED,
};

describe.each(Object.entries(sets))("%s", (_, models) => {
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
