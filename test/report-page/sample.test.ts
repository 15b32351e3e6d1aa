/** What a report shows of a sample is what the model's ops mean, and what is said to be seen is what matters. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { encode } from "fast-png";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { writeNpy } from "../../compiler/cli/npy.js";
import { constantTensor } from "../../compiler/graph/constants.js";
import { parseDefinition } from "../../compiler/graph/text/parse.js";
import { meaningOf } from "../../compiler/golden/meaning.js";
import { inferShapes } from "../../compiler/infer/inferShapes.js";
import { unpackBytes, unpackFloats } from "../../compiler/report-page/bytes.js";
import type { ReportData } from "../../compiler/report-page/data.js";
import { partEnds } from "../../compiler/report-page/parts.js";
import { boxesSeen } from "../../compiler/report-page/receptive.js";
import { mapOf } from "../../compiler/report-page/sample.js";
import { positionsIn } from "../../compiler/report-page/seen.js";
import { quietChannels, statisticsOf } from "../../compiler/report-page/statistics.js";
import { tensor } from "../../compiler/base/tensor.js";
import { command } from "../support/commandLine.js";
import { RESIDUAL } from "./models.js";

let folder = "";
let data: ReportData;
const at = (name: string): string => join(folder, name);
const graph = inferShapes(parseDefinition(RESIDUAL), {});
const x = tensor(
  "f32",
  [1, 4, 8, 8],
  Array.from({ length: 256 }, (_, i) => Math.sin(i)),
);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "sample-"));
  await writeFile(at("m.tw"), RESIDUAL);
  await writeFile(at("x.npy"), writeNpy(x.type, x.data));
  const args = ["--json", "--target", "wasm", "--input", at("x.npy")];
  data = JSON.parse((await command("report", at("m.tw"), ...args)).stdout) as ReportData;
});

afterAll(() => rm(folder, { recursive: true }));

/** The box around parts that matter, of eight by eight. */
function partsOf(heat: Uint8Array) {
  const found = { top: 8, bottom: -1, left: 8, right: -1 };
  heat.forEach((one, part) => {
    if (one === 0) return;
    const [row, column] = [Math.floor(part / 8), part % 8];
    found.top = Math.min(found.top, row);
    found.bottom = Math.max(found.bottom, row);
    found.left = Math.min(found.left, column);
    found.right = Math.max(found.right, column);
  });
  return found;
}

describe("report --input", () => {
  it("has every layer's values by what its op means", () => {
    const values = meaningOf(graph, new Map([["x", x]]));
    expect(data.sample!.by).toBe("meaning");
    expect(data.sample!.maps.map(({ name }) => name)).toEqual(graph.nodes.map(({ name }) => name));
    for (const { name, values: packed, step } of data.sample!.maps) {
      expect(step).toBe(1);
      expect(unpackFloats(packed), name).toEqual(values.get(`%${name}`)!.data);
    }
    expect(unpackFloats(data.sample!.pictures[0]!.values)).toEqual(x.data);
    expect(data.sample!.inputs).toEqual([{ name: "x", from: "x.npy" }]);
  });

  it("has the errors of kernels, which are small and not nothing", () => {
    const { errors } = data.sample!;
    expect(errors.map(({ node }) => node)).toEqual(["add_a1", "add_a2", "pool", "flat"]);
    expect(errors.every(({ error, allowed }) => error <= allowed)).toBe(true);
    expect(errors.some(({ error }) => error > 0)).toBe(true);
  });

  it("finds by changing the input what the formula says is seen, and nothing else", () => {
    const { maps, parts } = data.sample!;
    expect(parts).toEqual([{ input: "x", rows: 8, columns: 8 }]);
    const positions = positionsIn(8, 8);
    expect(positions).toEqual([
      [4, 4],
      [2, 2],
      [2, 6],
      [6, 2],
      [6, 6],
    ]);
    // Layers that a kernel keeps in registers, too; max pooling sees what it does not choose.
    for (const name of ["a1.conv", "relu_a1", "add_a1", "a2.norm", "add_a2", "pool"]) {
      const { seen, dims } = maps.find((map) => map.name === name)!;
      const { axes } = data.layers.find((layer) => layer.name === name)!.receptiveFields[0]!;
      expect(seen!.map(({ row, column }) => [row, column])).toEqual(
        positionsIn(dims[2]!, dims[3]!),
      );
      for (const { row, column, heat } of seen!) {
        const [box] = boxesSeen(axes, dims, [1, 4, 8, 8], row, column);
        const found = partsOf(unpackBytes(heat));
        const edges = Object.keys(found) as (keyof typeof found)[];
        if (/a1\.conv|add_a1/.test(name)) expect(found, name).toEqual(box);
        else
          for (const edge of edges) {
            const inside = /top|left/.test(edge)
              ? found[edge] >= box![edge]
              : found[edge] <= box![edge];
            expect(inside, `${name} ${edge}`).toBe(true);
          }
      }
    }
  });

  it("takes pictures of any size", async () => {
    const one = `model m(%x: f32[1,1,2,2]) {\n  %y = relu(%x)\n  return y = %y\n}\n`;
    await writeFile(at("one.tw"), one);
    const pixels = Uint8Array.from({ length: 16 }, (_, i) => i * 10);
    await writeFile(at("p.png"), encode({ width: 4, height: 4, channels: 1, data: pixels }));
    const run = (...args: readonly string[]) => command("report", at("one.tw"), "--json", ...args);
    const { stdout } = await run("--input", `x=${at("p.png")}`);
    const { sample } = JSON.parse(stdout) as ReportData;
    const mean = [25, 45, 105, 125].map((value) => Math.fround(value / 255));
    expect([...unpackFloats(sample!.pictures[0]!.values)]).toEqual(mean);
    expect(sample!.inputs[0]!.from).toBe("p.png, resized from 4×4, values from 0 to 1");
    await writeFile(at("bad.png"), "no picture");
    expect((await run("--input", at("bad.png"))).stderr).toContain("is no PNG that can be read");
    expect((await run("--input", at("x.npy"))).stderr).toContain("the model wants f32[1,1,2,2]");
    expect((await run("--input", `z=${at("x.npy")}`)).stderr).toContain("the inputs are 'x'");
  });
});

describe("filters", () => {
  it("are the constants, in 255 steps", () => {
    const [first] = data.filters;
    expect(data.filters.map(({ node, constant }) => [node, constant])).toEqual([
      ["a1.conv", "w"],
      ["a2.conv", "w"],
    ]);
    const { data: weights } = constantTensor(graph.constants.find(({ name }) => name === "w")!);
    const pixels = unpackBytes(first!.pixels);
    expect(pixels).toHaveLength(weights.length);
    pixels.forEach((pixel, i) => {
      const [least, most] = first!.ends[Math.floor(i / 36)]!;
      const value = least + ((most - least) * pixel) / 255;
      expect(Math.abs(value - Number(weights[i]))).toBeLessThanOrEqual((most - least) / 509);
    });
  });
});

describe("parts", () => {
  it("are all of a picture", () => {
    const ends = Array.from({ length: 5 }, (_, i) => partEnds(i, 5, 13));
    expect([ends[0]![0], ends.at(-1)![1]]).toEqual([0, 13]);
    expect(ends.slice(1).every(([from], i) => from === ends[i]![1])).toBe(true);
  });
});

describe("statistics", () => {
  it("count everything once, and what is no number apart", () => {
    const values = [0, 0, 1, 2, -1, NaN, Infinity];
    const all = statisticsOf(values);
    expect(all).toMatchObject({ count: 7, least: -1, most: 2, zeros: 2, special: 2, mean: 0.4 });
    expect(all.histogram.reduce((a, b) => a + b, 0)).toBe(5);
    expect(statisticsOf([])).toMatchObject({ count: 0, least: 0, most: 0, mean: 0, deviation: 0 });
  });

  it("name channels that are dead or saturated, and no others", () => {
    const values = [...[0, 0, 0, 0], ...[6, 6, 6, 1], ...[1, 2, 3, 0], ...[6, 0, 0, 1]];
    expect(quietChannels(values, 4, statisticsOf(values))).toEqual({ dead: [0], saturated: [1] });
  });

  it("thin out what is large, and keep what is kept exactly", () => {
    const values = Array.from({ length: 2 * 9 * 9 }, (_, i) => i);
    const map = mapOf("m", tensor("f32", [1, 2, 9, 9], values), 60);
    expect(map.step).toBe(2);
    const kept = unpackFloats(map.values);
    expect(kept).toHaveLength(2 * 5 * 5);
    expect([kept[0], kept[1], kept[5], kept[25]]).toEqual([0, 2, 18, 81]);
  });
});
