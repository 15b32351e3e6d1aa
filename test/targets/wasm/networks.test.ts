/** Every example network and the trained ones as they are: no kernel falls back to scalar code, and memory is weights and arena. */
import { describe, expect, it } from "vitest";
import { networks } from "../../../examples/index.js";
import { planModel, type PlanOptions } from "../../../compiler/compile.js";
import type { Definition } from "../../../compiler/graph/definition.js";
import type { Stmt, Value } from "../../../compiler/loop/stmt.js";
import { lowerProgram } from "../../../compiler/program/lower.js";
import type { ProgramKernel } from "../../../compiler/program/program.js";
import { allOperands } from "../../../compiler/loop/walk.js";
import { printModule } from "../../../compiler/targets/wasm/module.js";
import { variantOf } from "../../../compiler/targets/wasm/variants.js";
import { programFor } from "../../../compiler/targets/variant.js";
import { LANES } from "../../../compiler/targets/wasm/vectorAxis.js";
import { trainedModels } from "../../support/trainedModels.js";

const models: readonly (readonly [string, () => Definition, PlanOptions])[] = [
  ...networks.map(({ name, create }) => [name, () => create(), {}] as const),
  ...trainedModels.map(
    ({ name, read, input, dims }) => [name, read, { shapes: { [input]: dims } }] as const,
  ),
];

/** By network and kernel, what is cheaper in scalars. */
const EXCEPTIONS: Readonly<Record<string, string>> = {
  "text direction softmax": "the largest and the sum of two numbers",
};

/** Kernels with a Compute of more than one number that runs over no lanes. */
function scalarKernels(name: string, kernels: readonly ProgramKernel[]): string[] {
  return kernels
    .filter(({ schedules, kernel: { computes } }) =>
      schedules.some(({ lanes }, i) => {
        const { axes, reduce } = computes[i]!;
        return lanes !== LANES && axes.length + reduce.length > 0;
      }),
    )
    .map((kernel) => `${name} ${kernel.name}`);
}

interface Operations {
  readonly scalar: number;
  readonly vector: number;
  /** Vectors of constants that are put together of single ones: they are packed for other loops. */
  readonly gathered: number;
}

/** Operations on f32 that run, those that fold the lanes of a vector left out: they are what lanes cost. */
function operationsOf(body: readonly Stmt[]): Operations {
  let [scalar, vector, gathered] = [0, 0, 0];
  const seen = new Set<Value>();
  const visit = (value: Value, times: number): void => {
    if (seen.has(value)) return;
    seen.add(value);
    const operands = allOperands(value);
    const computes = value.kind === "unary" || value.kind === "binary";
    const folds = operands.some(({ kind }) => kind === "reduce");
    if (computes && value.dtype === "f32" && !folds) {
      if (value.lanes > 1) vector += times;
      else scalar += times;
    }
    if (value.kind === "build" && operands.some(isConstant)) gathered++;
    for (const operand of operands) visit(operand, times);
  };
  const walk = (stmts: readonly Stmt[], times: number): void => {
    for (const stmt of stmts) {
      if (stmt.kind === "for")
        walk(stmt.body, times * Math.ceil((stmt.to - stmt.from) / stmt.step));
      else visit(stmt.value, times);
    }
  };
  walk(body, 1);
  return { scalar, vector, gathered };
}

function isConstant(value: Value): boolean {
  return value.kind === "load" && value.memory.space === "constants";
}

/** Of the operations of a kernel so many may be on single numbers: a logarithm for 35 elements in M5. */
const MOST_SCALAR = 0.1;

/** Of a module's memory besides packed weights and the arena, in bytes. */
const MOST_OTHER = 2 ** 20;

const PAGE = 65536;

describe("kernels run over lanes, in a memory of weights and arena", () => {
  it.each(models)("%s", (name, create, options) => {
    const { program } = planModel(create(), { ...options, target: "wasm" });
    const expected = Object.keys(EXCEPTIONS).filter((one) => one.startsWith(`${name} `));
    expect(scalarKernels(name, program.kernels)).toEqual(expected);
    const { constantBytes = 0, arenaBytes = 0, overlaidBytes = 0 } = program;
    const sizes = { constantBytes, arenaBytes, overlaidBytes };
    const variants = [
      ["relaxed", lowerProgram(program)],
      ["plain", lowerProgram(programFor(program, variantOf.plain))],
    ] as const;
    for (const [simd, lowered] of variants) {
      const { pages } = printModule({ ...lowered, ...sizes }, simd).memory;
      const other = pages * PAGE - (constantBytes - overlaidBytes) - arenaBytes;
      expect(other).toBeGreaterThanOrEqual(0);
      expect(other).toBeLessThanOrEqual(MOST_OTHER);
      const shares = lowered.functions.map(({ name: kernel, code }) => {
        const { scalar, vector, gathered } = operationsOf(code.body);
        return { kernel: `${name} ${kernel}`, share: scalar / (scalar + vector) || 0, gathered };
      });
      const above = shares.filter(
        ({ kernel, share }) => share > MOST_SCALAR && !expected.includes(kernel),
      );
      expect(above).toEqual([]);
      expect(shares.filter(({ gathered }) => gathered > 0)).toEqual([]);
    }
  });

  it("finds scalar code where there is some", () => {
    const { program } = planModel(networks[0]!.create(), { target: "ts" });
    expect(scalarKernels("", program.kernels)).toHaveLength(program.kernels.length);
    const last = lowerProgram(program).functions.at(-1)!;
    expect(operationsOf(last.code.body)).toMatchObject({ vector: 0 });
  });
});
