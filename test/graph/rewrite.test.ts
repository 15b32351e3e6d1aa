/** The driver of rewrite rules: names, uses and notes, and the rules that it refuses. */
import { describe, expect, it } from "vitest";
import { rewrite } from "../../compiler/graph/rewrite/rewrite.js";
import type { Rule } from "../../compiler/graph/rewrite/rule.js";
import { parseGraph } from "../../compiler/graph/text/parse.js";
import { printGraph } from "../../compiler/graph/text/print.js";
import { firings } from "../support/firings.js";
import { verifyGraph } from "../support/verifyGraph.js";

const graph = parseGraph(`graph g(%x: f32[2,3]) {
  %a = abs(%x) : f32[2,3]
  %b = abs(%a) : f32[2,3]
  %c = add(%b, @one) : f32[2,3]
  %d = mul(%c, %c) : f32[2,3]
  return d = %d, b = %b
}
@one : f32[1] = [1]
`);

/** abs(abs(x)) => abs(x) */
const absTwice: Rule = {
  name: "abs-twice",
  match(node, context) {
    const inner = context.node(node.inputs[0]);
    if (node.op !== "abs" || inner?.op !== "abs") return undefined;
    return { use: `%${inner.name}` };
  },
};

/** add(x, c) => sub(x, neg(c)), with a new node and a new constant */
const addToSub: Rule = {
  name: "add-to-sub",
  match(node, context) {
    if (node.op !== "add") return undefined;
    const [zero, negated] = [context.fresh("one"), context.fresh(`${node.name}.negated`)];
    const source = { kind: "data", data: Float32Array.of(1) } as const;
    return {
      constants: [{ name: zero, type: { dtype: "f32", dims: [1] }, source }],
      before: [{ name: negated, op: "neg", inputs: [`@${zero}`] }],
      node: { op: "sub", inputs: [node.inputs[0], `%${negated}`] },
    };
  },
};

describe("rewrite", () => {
  it("lets readers and outputs read the replacement, and drops what is dead", () => {
    const { graph: result, log } = rewrite(graph, [absTwice]);
    verifyGraph(result);
    expect(printGraph(result)).toBe(`graph g(%x: f32[2,3]) {
  %a = abs(%x) : f32[2,3]
  %c = add(%a, @one) : f32[2,3]
  %d = mul(%c, %c) : f32[2,3]
  return d = %d, b = %a
}
@one : f32[1] = [1]
`);
    expect(log.fired).toEqual([{ rule: "abs-twice", node: "b" }]);
  });

  it("keeps the name of a replaced node, adds what it reads before it, and drops its old constants", () => {
    const { graph: result, log } = rewrite(graph, [absTwice, addToSub]);
    verifyGraph(result);
    expect(printGraph(result)).toContain(`  %c.negated = neg(@one.1) : f32[1]
  %c = sub(%a, %c.negated) : f32[2,3]
  %d = mul(%c, %c) : f32[2,3]
`);
    expect(printGraph(result)).not.toContain("@one :");
    expect(firings(log)).toEqual(
      new Map([
        ["abs-twice", 1],
        ["add-to-sub", 1],
      ]),
    );
  });

  it("does not touch the graph it was given", () => {
    const before = printGraph(graph);
    rewrite(graph, [absTwice, addToSub]);
    expect(printGraph(graph)).toBe(before);
  });

  it("counts uses, outputs included", () => {
    const counts = new Map<string, number>();
    const look: Rule = {
      name: "look",
      match(node, context) {
        counts.set(node.name, context.uses(`%${node.name}`));
        return undefined;
      },
    };
    rewrite(graph, [look]);
    expect(Object.fromEntries(counts)).toEqual({ a: 1, b: 2, c: 2, d: 1 });
  });

  it("looks again where something that a rule asked about has changed, and nowhere else", () => {
    const looks: string[] = [];
    /** Fires where nothing else reads what the sum before a product reads: it looks two nodes far. */
    const wait: Rule = {
      name: "wait",
      match(node, context) {
        looks.push(node.name);
        const sum = node.op === "mul" ? context.node(node.inputs[0]) : undefined;
        const far = sum?.inputs[0];
        if (far === undefined || context.uses(far) > 1) return undefined;
        return { node: { op: "add", inputs: [`%${sum!.name}`, `%${sum!.name}`] } };
      },
    };
    const late: Rule = {
      name: "late",
      match: (node) => (node.op === "neg" ? { use: "%x" } : undefined),
    };
    const far = parseGraph(`graph g(%x: f32[2]) {
  %a = abs(%x) : f32[2]
  %s = add(%a, @one) : f32[2]
  %m = mul(%s, %s) : f32[2]
  %e = exp(%x) : f32[2]
  %n = neg(%a) : f32[2]
  return m = %m, e = %e, n = %n
}
@one : f32[1] = [1]
`);
    const { log } = rewrite(far, [wait, late]);
    expect(log.fired).toEqual([
      { rule: "late", node: "n" },
      { rule: "wait", node: "m" },
    ]);
    expect(looks).toEqual(["a", "s", "m", "e", "n", "m", "m"]);
  });

  it("keeps the notes of the last sweep, once each", () => {
    const grumble: Rule = {
      name: "grumble",
      match(node, context) {
        if (node.op === "mul") context.note("two operands");
        return undefined;
      },
    };
    const { log } = rewrite(graph, [grumble, absTwice]);
    expect(log.notes).toEqual([{ rule: "grumble", node: "d", reason: "two operands" }]);
  });

  it("refuses a replacement of another type", () => {
    const bad: Rule = {
      name: "bad",
      match: (node) =>
        node.op === "mul"
          ? { node: { op: "reshape", inputs: node.inputs.slice(0, 1), attributes: { shape: [6] } } }
          : undefined,
    };
    expect(() => rewrite(graph, [bad])).toThrow("rule bad on mul 'd'");
    const badUse: Rule = {
      name: "bad-use",
      match: (node) => (node.op === "mul" ? { use: "@one" } : undefined),
    };
    expect(() => rewrite(graph, [badUse])).toThrow("rule bad-use on mul 'd'");
  });

  it("refuses names that are taken, cycles, and rules that never come to rest", () => {
    const taken: Rule = {
      name: "taken",
      match: (node) =>
        node.op === "mul"
          ? {
              before: [{ name: "a", op: "neg", inputs: ["%x"] }],
              node: { op: "mul", inputs: ["%a", "%a"] },
            }
          : undefined,
    };
    expect(() => rewrite(graph, [taken])).toThrow("rule taken");
    const cycle: Rule = {
      name: "cycle",
      match: (node) =>
        node.name === "a" && node.inputs[0] === "%x"
          ? { node: { op: "abs", inputs: ["%d"] } }
          : undefined,
    };
    expect(() => rewrite(graph, [cycle])).toThrow("cycle");
    const flip: Rule = {
      name: "flip",
      match: (node) =>
        node.op === "mul" ? { node: { op: "mul", inputs: node.inputs } } : undefined,
    };
    expect(() => rewrite(graph, [flip])).toThrow("does not come to rest");
  });

  it("visits names of Object.prototype like any other", () => {
    const odd = parseGraph(
      "graph g(%toString: f32[1]) {\n  %__proto__ = abs(%toString) : f32[1]\n  %constructor = abs(%__proto__) : f32[1]\n  return y = %constructor\n}\n",
    );
    expect(rewrite(odd, [absTwice]).graph.nodes.map((node) => node.name)).toEqual(["__proto__"]);
  });
});
