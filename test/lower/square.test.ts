/** Squares of lanes by copies: the same elements by whole vectors, turned in registers. */
import { describe, expect, it } from "vitest";
import { conv2d, maxPool2d, model, relu, sequential } from "../../compiler/index.js";
import { planModel } from "../../compiler/compile.js";
import { lowerKernel } from "../../compiler/lower/index.js";
import { printStmt } from "../../compiler/loop/print.js";
import { copyKernel } from "../../compiler/program/layout/copy.js";
import { compilePrograms, execute, interpretProgram, loweredOf } from "../support/execution.js";
import { createRandom } from "../support/random.js";
import { SIMDS } from "../support/simd.js";
import type { Tensor } from "../../compiler/base/tensor.js";
import type { Program } from "../../compiler/program/program.js";

describe("a copy to channels last", () => {
  const dims = [5, 6];
  const { kernel } = copyKernel(0, { name: "x", type: { dtype: "f32", dims } }, 1, "row-major");
  const places = {
    x: { buffer: 0, offset: 0, strides: [6, 1] },
    out: { buffer: 1, offset: 0, strides: [1, 5] },
  };
  const lowered = (turnSquares: boolean): string =>
    printStmt(
      lowerKernel(kernel, {
        summary: "5×6",
        schedules: [
          {
            order: ["i1", "i0"],
            split: { i1: [{ factor: 6, kind: "unroll" }], i0: [{ factor: 4, kind: "vector" }] },
            lanes: 4,
            turnSquares,
          },
        ],
        places,
        spaceOf: () => "arena",
      }),
    );

  it("reads squares of four lanes by four copies, and by two, and of one lane alone what it is", () => {
    expect(lowered(true)).toMatchInlineSnapshot(`
      "// 5×6
      kernel(x: arena f32, out: arena f32) {
        let xv: f32x4 = arena.f32x4[x]
        let xv1: f32x4 = arena.f32x4[x + 6]
        let t: f32x4 = shuffle(xv, xv1, 0, 4, 1, 5)
        let xv2: f32x4 = arena.f32x4[x + 12]
        let xv3: f32x4 = arena.f32x4[x + 18]
        let t1: f32x4 = shuffle(xv2, xv3, 0, 4, 1, 5)
        arena.f32x4[out] = shuffle(t, t1, 0, 1, 4, 5)
        arena.f32x4[out + 5] = shuffle(t, t1, 2, 3, 6, 7)
        let t2: f32x4 = shuffle(xv, xv1, 2, 6, 3, 7)
        let t3: f32x4 = shuffle(xv2, xv3, 2, 6, 3, 7)
        arena.f32x4[out + 10] = shuffle(t2, t3, 0, 1, 4, 5)
        arena.f32x4[out + 15] = shuffle(t2, t3, 2, 3, 6, 7)
        let t4: f32x4 = shuffle(arena.f32x4[x + 4, 2], arena.f32x4[x + 10, 2], 0, 4, 1, 5)
        let t5: f32x4 = shuffle(arena.f32x4[x + 16, 2], arena.f32x4[x + 22, 2], 0, 4, 1, 5)
        arena.f32x4[out + 20] = shuffle(t4, t5, 0, 1, 4, 5)
        arena.f32x4[out + 25] = shuffle(t4, t5, 2, 3, 6, 7)
        arena.f32x4[out + 4, 1] = [arena.f32[x + 24], 0, 0, 0]
        arena.f32x4[out + 9, 1] = [arena.f32[x + 25], 0, 0, 0]
        arena.f32x4[out + 14, 1] = [arena.f32[x + 26], 0, 0, 0]
        arena.f32x4[out + 19, 1] = [arena.f32[x + 27], 0, 0, 0]
        arena.f32x4[out + 24, 1] = [arena.f32[x + 28], 0, 0, 0]
        arena.f32x4[out + 29, 1] = [arena.f32[x + 29], 0, 0, 0]
      }
      "
    `);
  });

  it("reads lane by lane where it is not to turn them", () => {
    const text = lowered(false);
    expect(text).not.toContain("shuffle");
    expect(text.match(/arena\.f32\[/g)!.length).toBe(30);
  });
});

/** Entries with room around them, tails of every length, and exits from convolutions and pools. */
const models = [
  [3, 7, 9],
  [5, 8, 13],
  [16, 6, 6],
].flatMap(([channels, height, width]) => {
  const dims = [1, channels!, height!, width!];
  const wide = conv2d({ inChannels: channels!, outChannels: 9, kernelSize: 3, padding: 1 });
  const thin = conv2d({ inChannels: channels!, outChannels: 6, kernelSize: 1 });
  return [
    model("wide", { x: dims }, sequential([wide, relu()])),
    model("thin", { x: dims }, sequential([thin, relu(), maxPool2d({ kernelSize: 2 })])),
  ];
});

describe("models with squares and without", () => {
  const shuffles = (program: Program): number =>
    loweredOf(program)
      .functions.map(({ code }) => printStmt(code))
      .join("")
      .split("shuffle(").length - 1;
  const outputOf = (execution: ReturnType<typeof interpretProgram>): readonly number[] => {
    const random = createRandom(7);
    const inputs = new Map(
      execution.program.inputs.map(({ name, type }): [string, Tensor] => {
        const count = type.dims.reduce((product, dim) => product * dim, 1);
        const data = Float32Array.from({ length: count }, () => random.int(-99, 99) / 16);
        return [name, { type, data }];
      }),
    );
    let last: readonly number[] = [];
    execute(execution, inputs, (_, { data }) => {
      last = Array.from(data, Number);
      return undefined;
    });
    return last;
  };

  it.each(models.map((one, i) => [`${one.name} ${i}`, one] as const))(
    "%s are other programs that give the same bits",
    async (_, definition) => {
      const [with_, without] = [[], ["turn-squares"]].map(
        (disable) => planModel(definition, { target: "wasm", disable }).program,
      );
      expect(shuffles(with_!)).toBeGreaterThan(0);
      expect(shuffles(without!)).toBe(0);
      const want = outputOf(interpretProgram(without!, true));
      expect(outputOf(interpretProgram(with_!, true))).toEqual(want);
      for (const simd of SIMDS) {
        const [a, b] = await compilePrograms([with_!, without!], simd);
        expect(outputOf(a!)).toEqual(outputOf(b!));
      }
    },
  );
});
