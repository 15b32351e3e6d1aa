/** Random graphs drawn by how their values share memory compute what their ops mean, on every target. */
import { describe, expect, it, vi } from "vitest";
import type { CompileOptions } from "../../compiler/compile.js";
import { faultOf, prepare, report } from "./check.js";
import { ENGINES, type Engine } from "../support/engine.js";
import { randomAliasGraph } from "./randomAliasGraph.js";
import { randomLoadGraph, unfolded } from "./randomLoadGraph.js";

// Thousands of modules are emitted: that they are laid out for people is looked at elsewhere.
vi.mock("prettier", () => ({ format: (source: string) => Promise.resolve(source) }));

/** TILEWRIGHT_ALIAS_GRAPHS=20000 runs more, TILEWRIGHT_ALIAS_SEED=7 others. */
const GRAPHS = Number(process.env["TILEWRIGHT_ALIAS_GRAPHS"] ?? 260);
/** Of those in which constants meet while a model loads, beside the others. */
const LOADING = Math.ceil(GRAPHS / 5);
const SEED = Number(process.env["TILEWRIGHT_ALIAS_SEED"] ?? 1);

/** So many faults are shrunk and shown. */
const SHOWN = 5;

/** TypeScript where it is looked at, and WebAssembly with one kind of SIMD after the other. */
function enginesOf(i: number): readonly Engine[] {
  const simds = ENGINES.filter((engine) => engine !== "ts");
  return [...ENGINES.filter((engine) => engine === "ts"), simds[i % simds.length]!];
}

/** In every third graph maps are computed some rows at a time, however small they are. */
function optionsOf(i: number): CompileOptions {
  return i % 3 === 0 ? { strips: { cache: 0, room: 1024 } } : {};
}

const KINDS = [
  ["values that share memory", GRAPHS, randomAliasGraph, optionsOf],
  ["values that share memory with what is read at load", LOADING, randomLoadGraph, unfolded],
] as const;

describe("graphs of", () => {
  it.each(KINDS)(
    `%s compute what they mean: %d of seed ${SEED}`,
    async (_, graphs, draw, drawOptions) => {
      const reports: string[] = [];
      let faults = 0;
      for (let i = 0; i < graphs; i++) {
        const seed = SEED * 1_000_000 + i;
        const definition = draw(seed);
        const checked = prepare(definition, seed, {}, drawOptions(i));
        for (const engine of enginesOf(i)) {
          const fault = await faultOf(checked, engine, drawOptions(i));
          if (fault === undefined) continue;
          faults++;
          if (reports.length < SHOWN)
            reports.push(await report(definition, seed, engine, fault, drawOptions(i)));
          break;
        }
      }
      expect(`${faults} of ${graphs} are wrong\n${reports.join("\n")}`).toBe(
        `0 of ${graphs} are wrong\n`,
      );
    },
    60_000 + 200 * GRAPHS,
  );
});
