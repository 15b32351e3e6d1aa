/** Drawings for others are texts that nothing of a model can break. */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { command } from "../support/commandLine.js";
import { HOSTILE, RESIDUAL } from "./models.js";

let folder = "";
const at = (name: string): string => join(folder, name);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "drawings-"));
  await writeFile(at("m.tw"), RESIDUAL);
  await writeFile(at("hostile.tw"), HOSTILE);
});

afterAll(() => rm(folder, { recursive: true }));

describe("dump --format", () => {
  it("draws the graph for Mermaid", async () => {
    const { stdout } = await command("dump", at("m.tw"), "--format", "mermaid");
    expect(stdout).toMatchInlineSnapshot(`
      "flowchart TD
        n0["input<br/>x<br/>f32#91;1,4,8,8#93;"]
        n1["conv<br/>a1.norm<br/>1×4×8×8"]
        n2["relu<br/>relu_a1<br/>1×4×8×8"]
        n3["add<br/>add_a1<br/>1×4×8×8"]
        n4["conv<br/>a2.norm<br/>1×4×8×8"]
        n5["relu<br/>relu_a2<br/>1×4×8×8"]
        n6["add<br/>add_a2<br/>1×4×8×8"]
        n7["maxPool<br/>pool<br/>1×4×4×4"]
        n8["reshape<br/>flat<br/>1×64"]
        n9["output<br/>y<br/>f32#91;1,64#93;"]
        n0 --> n1
        n1 --> n2
        n0 --> n3
        n2 --> n3
        n3 --> n4
        n4 --> n5
        n3 --> n6
        n5 --> n6
        n6 --> n7
        n7 --> n8
        n8 --> n9
      "
    `);
  });

  it("draws kernels for Graphviz", async () => {
    const { stdout } = await command("dump", at("m.tw"), "--format", "dot", "--stage", "program");
    expect(stdout).toMatchInlineSnapshot(`
      "digraph {
        node [shape=box, style=rounded];
        n0 [label="input\\nx\\nf32[1,4,8,8]"];
        n1 [label="copy\\nmoves a value"];
        n2 [label="fill\\nfills a margin"];
        n3 [label="conv_relu_add\\na1.norm\\nrelu_a1\\nadd_a1\\n1×4×8×8"];
        n4 [label="fill\\nfills a margin"];
        n5 [label="conv_relu_add_2\\na2.norm\\nrelu_a2\\nadd_a2\\n1×4×8×8"];
        n6 [label="maxPool\\npool\\n1×4×4×4"];
        n7 [label="reshape\\nflat\\n1×64"];
        n8 [label="copy\\nmoves a value"];
        n9 [label="output\\ny\\nf32[1,64]"];
        n0 -> n1;
        n1 -> n3;
        n2 -> n3;
        n3 -> n5;
        n4 -> n5;
        n5 -> n6;
        n6 -> n7;
        n7 -> n8;
        n8 -> n9;
      }
      "
    `);
  });

  it("draws what a pass left", async () => {
    const draw = (pass: string) =>
      command("dump", at("m.tw"), "--format", "dot", "--print-after", pass);
    expect((await draw("infer-shapes")).stdout).toContain("batchNorm");
    expect((await draw("fold-batch-norm")).stdout).not.toContain("batchNorm");
    const { code, stderr } = await command(
      "dump",
      at("m.tw"),
      "--format",
      "dot",
      "--stage",
      "kernels",
    );
    expect(code).toBe(2);
    expect(stderr).toContain("there is no drawing of 'kernels'");
  });

  it("lets no name out of its label", async () => {
    const mermaid = (await command("dump", at("hostile.tw"), "--format", "mermaid")).stdout;
    for (const line of mermaid.trim().split("\n").slice(1))
      expect(line).toMatch(/^ {2}n\d+(\["[A-Za-z0-9 _.,×:/+#;<>-]*"\]| --> n\d+)$/);
    expect(mermaid.replaceAll("<br/>", "")).not.toContain("<");
    const dot = (await command("dump", at("hostile.tw"), "--format", "dot")).stdout;
    for (const line of dot.trim().split("\n").slice(2, -1))
      expect(line).toMatch(/^ {2}n\d+( \[label="(?:[^"\\]|\\.)*"\]| -> n\d+);$/);
  });
});

describe("report --svg", () => {
  it("writes a drawing, and lets no name be markup", async () => {
    const { code } = await command(
      "report",
      at("hostile.tw"),
      ...["--json", "--svg", at("h.svg"), "--view", "graph"],
    );
    expect(code).toBe(0);
    const svg = await readFile(at("h.svg"), "utf8");
    expect(svg).toMatch(/^<svg xmlns=/);
    expect(
      svg
        .match(/<(?!\/)[a-z]+/g)!
        .every((tag) => /^<(svg|title|style|rect|g|path|text)$/.test(tag)),
    ).toBe(true);
    expect(svg).toContain("&lt;img");
    expect(svg).not.toContain("\u202e");
  });
});

describe("explain", () => {
  it("says what became of a layer, and knows what there is", async () => {
    const { code, stdout } = await command("explain", at("m.tw"), "a2.conv");
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^fold-batch-norm {2}it is gone; a2\.norm computes it as well: conv\(%add_a1, @w\.folded\.1, @a2\.conv\.bias\) \{pads=\[1,1,1,1\]\}\nfuse-kernels {5}fused with relu_a2/,
    );
    const json = await command("explain", at("m.tw"), "a2.conv", "--json");
    const parsed = JSON.parse(json.stdout) as { node: string; steps: { pass: string }[] };
    expect([parsed.node, parsed.steps[0]!.pass]).toEqual(["a2.conv", "fold-batch-norm"]);
    const other = await command("explain", at("m.tw"), "a2.con");
    expect(other.code).toBe(2);
    expect(other.stderr).toContain("did you mean 'a2.conv'?");
    expect((await command("explain", at("m.tw"))).stderr).toContain("wants a <model> and a <node>");
    const more = await command("explain", at("m.tw"), "a2.conv", "more");
    expect(more.stderr).toContain("'more' is one more");
  });
});
