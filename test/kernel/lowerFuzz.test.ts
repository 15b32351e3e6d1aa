/** Any legal schedule under any places computes what the interpreter says, and broken lowerings are found. */
import { describe, expect, it } from "vitest";
import { decomposeKernel } from "../../compiler/kernel/decompose.js";
import { interpretKernel } from "../../compiler/kernel/interpret.js";
import { lowerKernel } from "../../compiler/kernel/lower/index.js";
import { interpretStmt } from "../../compiler/kernel/interpretStmt.js";
import type { KernelFunction, Stmt, Value } from "../../compiler/kernel/stmt.js";
import { verifyStmt } from "../../compiler/kernel/verifyStmt.js";
import type { Tensor } from "../../compiler/tensor.js";
import { createRandom } from "../support/random.js";
import { FAMILY_NAMES, randomInputs, randomKernel } from "../support/randomKernel.js";
import {
  blockedPlace,
  outsideWanted,
  randomPlace,
  randomSchedule,
  type RandomPlace,
} from "../support/randomSchedule.js";
import { runKernel, type Run } from "../support/runKernel.js";
import { runOnWasm, SIMDS } from "../support/simd.js";

const SEEDS_PER_FAMILY = 60;
/** Assembling takes longer than interpreting. */
const SEEDS_ON_WASM = 25;

interface Case {
  readonly blocked: boolean;
  readonly vector: boolean;
  readonly margin: boolean;
  readonly difference: string | undefined;
}

interface Variation {
  /** What executes the code; the interpreter of Stmt by default. */
  readonly run?: Run;
  /** Special inputs, and the expected bits from the interpreter of Stmt where it rounds every operation. */
  readonly rounding?: true;
  readonly code?: (code: KernelFunction) => KernelFunction;
  readonly staleMargins?: true;
}

/** Lowers the kernel of a seed under a random schedule and places, runs it, and says where it differs. */
function runCase(
  seed: number,
  family: string,
  { code: change, staleMargins, run, rounding }: Variation = {},
): Case {
  const { kernel, exact } = randomKernel(seed, family);
  const random = createRandom(seed * 7919 + 13);
  const schedules = kernel.computes.map((compute) => randomSchedule(compute, random));
  const places = new Map<string, RandomPlace>();
  const add = (source: string, dims: readonly number[]): void => {
    const { fill, reach } = outsideWanted(source, dims, kernel);
    const blocked = random.chance(0.5) ? blockedPlace(source, dims, kernel, schedules) : undefined;
    places.set(source, blocked ?? randomPlace(dims, random, fill, reach));
  };
  for (const { name, type } of kernel.inputs) add(name, type.dims);
  for (const { name, value } of kernel.constants) add(name, value.type.dims);
  for (const { name, dims } of kernel.temporaries) if (dims.length > 0) add(name, dims);
  add("out", kernel.output.dims);
  const code = lowerKernel(run === undefined ? kernel : decomposeKernel(kernel), {
    summary: "",
    schedules,
    places: Object.fromEntries([...places].map(([name, { place }]) => [name, place])),
    spaceOf: () => "arena",
  });
  verifyStmt(code);
  const inputs = randomInputs(kernel, seed, rounding ? "special" : "exact");
  const execute = (by?: Run): Tensor["data"] =>
    runKernel(kernel, change?.(code) ?? code, places, inputs, staleMargins !== true, by).data;
  const want = rounding
    ? execute((...given) => interpretStmt(...given, true))
    : interpretKernel(kernel, inputs).data;
  const got = execute(run);
  const at = [...want].findIndex(
    (value, i) => !close(Number(value), Number(got[i]), exact || rounding === true),
  );
  return {
    blocked: [...places.values()].some(({ place }) => place.block !== undefined),
    vector: schedules.some(({ lanes }) => lanes > 1),
    margin: [...places.values()].some(
      ({ place }) => place.margin?.some(([b, a]) => b + a > 0) === true,
    ),
    difference: at < 0 ? undefined : `element ${at}: ${got[at]} instead of ${want[at]}`,
  };
}

function close(a: number, b: number, exact: boolean): boolean {
  if (a === b || (Number.isNaN(a) && Number.isNaN(b))) return true;
  return !exact && Math.abs(a - b) <= 1e-5 * Math.max(1, Math.abs(a));
}

describe("schedules and places", () => {
  it.each(FAMILY_NAMES)("%s agrees with the interpreter", (family) => {
    for (let seed = 1; seed <= SEEDS_PER_FAMILY; seed++) {
      const { difference } = runCase(seed, family);
      expect(difference, `seed ${seed} of ${family}`).toBeUndefined();
    }
  });

  describe.each(SIMDS)("as WebAssembly with %s SIMD", (simd) => {
    const run: Run = (code, memory, addresses) => runOnWasm(code, memory, addresses, simd);
    it.each(FAMILY_NAMES)("%s agrees with the interpreter", (family) => {
      for (let seed = 1; seed <= SEEDS_ON_WASM; seed++) {
        const { difference } = runCase(seed, family, { run });
        expect(difference, `seed ${seed} of ${family}`).toBeUndefined();
      }
    });
  });

  it.each(FAMILY_NAMES)(
    "%s as plain WebAssembly gives the bits of rounded operations",
    (family) => {
      const run: Run = (code, memory, addresses) => runOnWasm(code, memory, addresses, "plain");
      for (let seed = 1; seed <= SEEDS_ON_WASM; seed++) {
        const { difference } = runCase(seed, family, { run, rounding: true });
        expect(difference, `seed ${seed} of ${family}`).toBeUndefined();
      }
    },
  );

  it("covers vectors, blocks and margins", () => {
    const cases = FAMILY_NAMES.flatMap((family) =>
      Array.from({ length: SEEDS_PER_FAMILY }, (_, i) => runCase(i + 1, family)),
    );
    expect(cases.filter(({ vector }) => vector).length).toBeGreaterThan(50);
    expect(cases.filter(({ margin }) => margin).length).toBeGreaterThan(10);
    expect(cases.filter(({ blocked }) => blocked).length).toBeGreaterThan(5);
  });
});

function mapStmts(body: readonly Stmt[], map: (stmt: Stmt) => Stmt): Stmt[] {
  return body.map((stmt) =>
    map(stmt.kind === "for" ? { ...stmt, body: mapStmts(stmt.body, map) } : stmt),
  );
}

function mapValues(value: Value, map: (value: Value) => Value): Value {
  const again = (inner: Value): Value => mapValues(inner, map);
  switch (value.kind) {
    case "binary":
      return map({ ...value, left: again(value.left), right: again(value.right) });
    case "guard":
      return map({ ...value, condition: again(value.condition), then: again(value.then) });
    case "load":
      return map({ ...value, address: again(value.address) });
    default:
      return map(value);
  }
}

/** A lowering with one fault, by what the fault does to the code. */
const SABOTAGES: Readonly<Record<string, Variation>> = {
  "a vector tail one short": {
    code: (code) => ({
      ...code,
      body: mapStmts(code.body, (stmt) =>
        stmt.kind === "store" && (stmt.count ?? 0) > 1 ? { ...stmt, count: stmt.count! - 1 } : stmt,
      ),
    }),
  },
  "a loop one tile short": {
    code: (code) => ({
      ...code,
      body: mapStmts(code.body, (stmt) =>
        stmt.kind === "for" ? { ...stmt, to: stmt.to - stmt.step } : stmt,
      ),
    }),
  },
  "a guard dropped below": {
    code: (code) => ({
      ...code,
      body: mapStmts(code.body, (stmt) => {
        if (stmt.kind === "for") return stmt;
        const value = mapValues(stmt.value, (inner) =>
          inner.kind === "binary" && inner.op === "ge" && inner.dtype === "bool"
            ? { ...inner, right: { kind: "constant", dtype: "i32", lanes: 1, value: -99 } }
            : inner,
        );
        return { ...stmt, value };
      }),
    }),
  },
  "a margin not refilled": { staleMargins: true },
  "an address past its block": {
    code: (code) => ({
      ...code,
      body: mapStmts(code.body, (stmt) => {
        if (stmt.kind === "for") return stmt;
        const value = mapValues(stmt.value, (inner) =>
          inner.kind === "load" && inner.lanes > 1
            ? {
                ...inner,
                address: {
                  kind: "binary",
                  dtype: "i32",
                  lanes: 1,
                  op: "add",
                  left: inner.address,
                  right: { kind: "constant", dtype: "i32", lanes: 1, value: 1 },
                },
              }
            : inner,
        );
        return { ...stmt, value };
      }),
    }),
  },
};

describe("the fuzz finds", () => {
  it.each(Object.entries(SABOTAGES))("%s", (_, sabotage) => {
    const found = FAMILY_NAMES.some((family) =>
      Array.from({ length: SEEDS_PER_FAMILY }, (_, i) => i + 1).some((seed) => {
        try {
          return runCase(seed, family, sabotage).difference !== undefined;
        } catch {
          return true;
        }
      }),
    );
    expect(found).toBe(true);
  });
});
