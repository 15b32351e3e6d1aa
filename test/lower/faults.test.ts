/** Broken lowerings, and WebAssembly that is printed wrong, are found by the fuzz of schedules and places. */
import { describe, expect, it } from "vitest";
import type { Stmt, Value } from "../../compiler/loop/stmt.js";
import { runFuzzCase, SEEDS_PER_FAMILY, type Variation } from "../support/fuzzCase.js";
import { FAMILY_NAMES } from "../support/randomKernel.js";
import type { Run } from "../support/runKernel.js";
import { runOnWasm } from "../support/simd.js";

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

const NOTHING: Stmt = {
  kind: "let",
  register: "nothing",
  mutable: false,
  value: { kind: "constant", dtype: "i32", lanes: 1, value: 0 },
};

function isParking(stmt: Stmt): boolean {
  return stmt.kind === "store" && stmt.value.kind === "register";
}

/** What a part came to, added to the sum so far. */
function isPart(stmt: Stmt): boolean {
  if (stmt.kind !== "assign" || stmt.value.kind !== "binary") return false;
  return stmt.value.right.kind === "register" && /^part/.test(stmt.value.right.name);
}

/** Parts that begin outside the loop in which they are added up. */
function hoistParts(body: readonly Stmt[]): Stmt[] {
  return body.flatMap((stmt) => {
    if (stmt.kind !== "for") return [stmt];
    const inner = hoistParts(stmt.body);
    const starts = (one: Stmt): boolean => one.kind === "let" && /^part/.test(one.register);
    return [...inner.filter(starts), { ...stmt, body: inner.filter((one) => !starts(one)) }];
  });
}

/** Whether something is read where the kernel writes: parked accumulators. */
function readsOut(body: readonly Stmt[]): boolean {
  let found = false;
  mapStmts(body, (stmt) => {
    if (stmt.kind === "for") return stmt;
    mapValues(stmt.value, (inner) => {
      if (inner.kind === "load" && rootOf(inner.address).startsWith("out")) found = true;
      return inner;
    });
    return stmt;
  });
  return found;
}

function rootOf(address: Value): string {
  return address.kind === "binary"
    ? rootOf(address.left)
    : address.kind === "register"
      ? address.name
      : "";
}

function secondForFirst(stmt: Stmt): Stmt {
  const { value } = stmt.kind === "store" ? stmt : { value: undefined };
  if (value?.kind !== "register" || !/^held[1-9]/.test(value.name)) return stmt;
  return { ...stmt, value: { ...value, name: "held" } } as Stmt;
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
  "a vector tail over its end": {
    code: (code) => ({
      ...code,
      body: mapStmts(code.body, (stmt) => {
        if (stmt.kind !== "store" || stmt.count === undefined) return stmt;
        const { count: _, ...whole } = stmt;
        return whole;
      }),
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
  "a tile that no thread runs": {
    code: (code) => ({
      ...code,
      body: mapStmts(code.body, (stmt) =>
        stmt.kind === "for" && (stmt.tiles?.first ?? 0) > 0
          ? { ...stmt, tiles: { ...stmt.tiles, first: stmt.tiles!.first + 1 } }
          : stmt,
      ),
    }),
  },
  "parts that are not added up": {
    code: (code) => ({
      ...code,
      body: mapStmts(code.body, (stmt) => (isPart(stmt) ? NOTHING : stmt)),
    }),
  },
  "parts that do not start anew": {
    code: (code) => ({ ...code, body: hoistParts(code.body) }),
  },
  "a margin not refilled": { staleMargins: true },
  "accumulators that are not parked": {
    code: (code) =>
      readsOut(code.body)
        ? { ...code, body: mapStmts(code.body, (stmt) => (isParking(stmt) ? NOTHING : stmt)) }
        : code,
  },
  "the second of a pair stored for the first": {
    code: (code) => ({ ...code, body: mapStmts(code.body, secondForFirst) }),
  },
  "a square that is not turned": {
    code: (code) => ({
      ...code,
      body: mapStmts(code.body, (stmt) => {
        if (stmt.kind !== "store" || stmt.value.kind !== "shuffle") return stmt;
        return { ...stmt, value: { ...stmt.value, picks: [0, 1, 2, 3] } };
      }),
    }),
  },
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

/** Faults of the printer, by what they do to its text, and where not all families need to be asked the one that knows: it stays a module, of another meaning. */
const MISPRINTS: readonly (readonly [from: RegExp, to: string, family: string])[] = [
  [/offset=(\d+)/g, "offset=1$1", ""],
  [/v128\.load64_zero/g, "v128.load32_zero", ""],
  [/v128\.store64_lane/g, "v128.store32_lane", ""],
  [/(v128\.load32_lane (?:offset=\d+ )?)[123]/g, "$10", ""],
  [/i8x16\.shuffle 0 1 2 3 16/g, "i8x16.shuffle 4 5 6 7 16", ""],
  [/f32x4\.pmax/g, "f32x4.pmin", ""],
  [/f32x4\.extract_lane 3/g, "f32x4.extract_lane 2", ""],
  [/i32x4\.replace_lane 1/g, "i32x4.replace_lane 2", ""],
  [/i32\.lt_s/g, "i32.le_s", ""],
  [/f32x4\.convert_i32x4_s/g, "f32x4.convert_i32x4_u", ""],
  [/v128\.load8x8_u/g, "v128.load8x8_s", "bytes"],
  [/i16x8\.extend_low_i8x16_s/g, "i16x8.extend_low_i8x16_u", "bytes"],
  [/i32x4\.dot_i16x8_s/g, "i32x4.extmul_low_i16x8_s", "bytes"],
  [/i16x8\.sub/g, "i16x8.sub_sat_u", "bytes"],
  [/i8x16\.shuffle 0 1 2 3 16/g, "i8x16.shuffle 4 5 6 7 16", "bytes"],
  [/i8x16\.shuffle 0 4 8 12/g, "i8x16.shuffle 0 4 8 8", "bytes"],
  [/i32\.store8/g, "i32.store16", "bytes"],
];

describe("the fuzz finds", () => {
  const isFound = (isDifferent: (seed: number, family: string) => boolean): boolean =>
    FAMILY_NAMES.some((family) =>
      Array.from({ length: SEEDS_PER_FAMILY }, (_, i) => i + 1).some((seed) =>
        isDifferent(seed, family),
      ),
    );

  it.each(Object.entries(SABOTAGES))("%s", (_, sabotage) => {
    const found = isFound((seed, family) => {
      try {
        return runFuzzCase(seed, family, sabotage).difference !== undefined;
      } catch {
        return true;
      }
    });
    expect(found).toBe(true);
  });

  it.each(MISPRINTS)("%s printed as %s, %s", (from, to, only) => {
    const misprint = (text: string): string => text.replace(from, to);
    const run: Run = (code, memory, addresses) =>
      runOnWasm(code, memory, addresses(0), "plain", misprint);
    const found = isFound((seed, family) => {
      if (only !== "" && family !== only) return false;
      try {
        return runFuzzCase(seed, family, { run }).difference !== undefined;
      } catch (error) {
        if (/where nothing may be written/.test(String(error))) return true;
        throw error;
      }
    });
    expect(found).toBe(true);
  });
});
