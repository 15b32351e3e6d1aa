/** What a module that stands alone takes of the runtime: all that it needs, and little else. */
import { describe, expect, it } from "vitest";
import { namesDeclared, namesUsed } from "../../compiler/emit/references.js";
import { readRuntime, runtimeParts } from "../../compiler/emit/runtimeSource.js";
import { parseTypeScript } from "../../compiler/emit/syntax.js";

async function firstOf(text: string) {
  const [statement] = (await parseTypeScript(text)).statements;
  return statement!;
}

describe("references", () => {
  it.each([
    ["function f(a: A, { b, c: [d] }: B = e, ...g): C { return a.h + b[i] + d; }", "A B C e i"],
    ["const k = { l: m, n, [o]: p, q() { return r; } };", "m n o p r"],
    ["interface S<T> extends U { v: W; x(y: T): Z }", "U W Z"],
    ["const a = (b: C): b is D => { try { return e; } catch (f) { return f; } };", "C D e"],
    ["type G = { h: typeof i } & J['k'] & [l: M];", "i J M"],
    ["for (const a of b) c(a, a.b?.d);", "b c"],
  ])("of %s", async (text, expected) => {
    expect(namesUsed(await firstOf(text)).toSorted()).toEqual(expected.split(" ").toSorted());
  });

  it.each([
    ["const { a, b: [c] } = d, e = f;", "a c e"],
    ["function g() {}", "g"],
    ["interface H {}", "H"],
    ["declare const I: J;", "I"],
  ])("declared by %s", async (text, expected) => {
    expect(namesDeclared(await firstOf(text))).toEqual(expected.split(" "));
  });
});

describe("the runtime's declarations", () => {
  it("have names of their own", async () => {
    const { statements } = await readRuntime();
    const names = statements.flatMap((one) => one.names);
    expect(names.filter((name, i) => names.indexOf(name) < i)).toEqual([]);
    expect(statements.filter(({ names }) => names.length === 0)).toEqual([]);
  });

  it("come with what they need, in order, and nothing else", async () => {
    const runtime = await readRuntime();
    const named = (...names: string[]) => runtimeParts(runtime, names).flatMap((one) => one.names);
    expect(named("saturate")).toEqual(["saturate"]);
    expect(named("bits")).toEqual(["asFloat", "asInt", "bits"]);
    expect(named("Progress", "viewsOf")).toEqual(["Memory", "viewsOf", "Progress"]);
    expect(() => named("nothing")).toThrow("the runtime has no nothing");
  });
});
