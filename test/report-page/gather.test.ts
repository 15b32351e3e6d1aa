/** What a report says is what the other verbs and the Program say. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { compile } from "../../compiler/compile.js";
import { parseDefinition } from "../../compiler/graph/text/parse.js";
import { bufferLifetimes, liveBytes } from "../../compiler/program/memory/lifetimes.js";
import { alignedBytes } from "../../compiler/program/memory/lifetimes.js";
import type { ReportData } from "../../compiler/report-page/data.js";
import { command } from "../support/commandLine.js";
import { RESIDUAL } from "./models.js";

let folder = "";
let model = "";
let data: ReportData;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "report-"));
  model = join(folder, "residual.tw");
  await writeFile(model, RESIDUAL);
  const { stdout } = await command("report", model, "--json", "--target", "wasm");
  data = JSON.parse(stdout) as ReportData;
});

afterAll(() => rm(folder, { recursive: true }));

const withTarget = { target: "wasm" } as const;

describe("report --json", () => {
  it("has the layers and totals of summary --json", async () => {
    const { stdout } = await command("summary", model, "--json");
    const summary = JSON.parse(stdout) as Record<string, unknown>;
    const { parameters, multiplyAdds, flops } = data.totals;
    expect(data.layers).toEqual(summary["layers"]);
    expect({ parameters, multiplyAdds, flops }).toEqual({
      parameters: summary["parameters"],
      multiplyAdds: summary["multiplyAdds"],
      flops: summary["flops"],
    });
    expect(data.untrained).toEqual(summary["untrained"]);
  });

  it("has the kernels, and the memory, of the Program", async () => {
    const { program, report } = await compile(parseDefinition(RESIDUAL), withTarget);
    const known = data.kernels.map(({ name, function: called, covers, shapes }) => ({
      name,
      called,
      covers,
      shapes,
    }));
    expect(known).toEqual(
      report.kernels.map(({ name, function: called, covers, summary }) => ({
        name,
        called,
        covers,
        shapes: summary,
      })),
    );
    expect(data.memory.arenaBytes).toBe(program.arenaBytes);
    expect(data.memory.lowerBound).toBe(report.arenaLowerBound);
    expect(data.memory.use).toEqual(JSON.parse(JSON.stringify(report.arena)));
    expect(data.memory.live).toEqual(liveBytes(program));
    const lives = bufferLifetimes(program).flatMap((time, id) => {
      const buffer = program.buffers[id]!;
      if (time === undefined || buffer.space !== "arena") return [];
      return [{ offset: buffer.offset, bytes: alignedBytes(buffer), ...time }];
    });
    expect(
      data.memory.buffers.map(({ offset, bytes, first, last }) => ({ offset, bytes, first, last })),
    ).toEqual(lives);
  });

  it("has in every view the nodes that the pass left", async () => {
    const counts: Record<string, number> = {};
    await compile(parseDefinition(RESIDUAL), {
      ...withTarget,
      observe: (pass, left) => {
        if (left.kind === "graph") counts[pass] = left.graph.nodes.length;
      },
    });
    const views = data.views.filter(({ kind }) => kind === "graph");
    expect(Object.fromEntries(views.map(({ name, nodes }) => [name, nodes.length]))).toEqual(
      counts,
    );
    const folded = data.views.find(({ name }) => name === "fold-batch-norm")!;
    expect(folded.fired!.map(({ node }) => node)).toEqual(["a1.norm", "a2.norm"]);
  });

  it("has every node covered by the last view's boxes", () => {
    const { boxes, nodes } = data.views.at(-1)!;
    const covered = boxes!.flatMap(({ covers }) => covers);
    const names = nodes.map((position) => data.nodes[position]!.name);
    expect([...new Set(covered)].toSorted()).toEqual(names.toSorted());
  });

  it("names buffers' values and kernels' operands", () => {
    const [kernel] = data.kernels.filter(({ covers }) => covers.includes("a1.norm"));
    expect(
      kernel!.reads.map(({ name, constant }) => [name.split("#")[0], constant]),
    ).toContainEqual(["%x", false]);
    expect(kernel!.multiplyAdds).toBe(4 * 4 * 9 * 64);
    expect(data.memory.buffers.every(({ holds }) => holds.length > 0)).toBe(true);
  });
});

describe("report", () => {
  it("writes a page, writes it again, and writes over nothing else", async () => {
    const out = join(folder, "page.html");
    const first = await command("report", model, "--out-file", out);
    expect(first).toMatchObject({ code: 0 });
    expect(first.stdout).toMatch(/page\.html {2}\d+ bytes\n$/);
    expect((await command("report", model, "--out-file", out)).code).toBe(0);
    await writeFile(out, "<p>mine</p>");
    const refused = await command("report", model, "--out-file", out);
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain("is there already");
  });

  it("says what keeps a model from compiling", async () => {
    const bad = join(folder, "bad.tw");
    await writeFile(bad, "model m(%x: f32[2]) {\n  %y = nothing(%x)\n  return y = %y\n}\n");
    const { code, stderr } = await command("report", bad, "--json");
    expect(code).toBe(1);
    expect(stderr).toContain("[unknown-op]");
  });
});
