/** Temporaries lie wherever their places say: in any order, apart, backwards, in blocks. */
import { describe, expect, it } from "vitest";
import { parseKernel } from "../support/kernelText/parse.js";
import { shareTiles } from "../../compiler/loop/share.js";
import { verifyStmt } from "../../compiler/loop/verify.js";
import { lowerKernel } from "../../compiler/lower/index.js";
import { interpretKernel } from "../../compiler/meaning/interpret.js";
import type { Place } from "../../compiler/place/place.js";
import { placeProblems } from "../../compiler/place/verify.js";
import type { Schedule } from "../../compiler/schedule/schedule.js";
import { randomInputs } from "../support/randomKernel.js";
import { runKernel } from "../support/runKernel.js";

const KERNEL = parseKernel(`kernel(x: f32[2,3,16]) -> f32[2,3,16] {
  let e: f32[3,16]
  let sum: f32
  outer n < 2
  e[h, c] for h < 3, c < 16
    = x[n, h, c] * x[n, h, c]
  sum[]
    = sum h < 3, c < 16
      of e[h, c]
  out[n, h, c] for h < 3, c < 16
    = e[h, c] - sum[]
}
`);

const DENSE: Place = { buffer: 0, offset: 0, strides: [48, 16, 1] };

/** Of vectors along c, or of numbers. */
function scheduled(lanes: number): Schedule {
  const split =
    lanes === 1
      ? [{ factor: 8, kind: "unroll" } as const]
      : [{ factor: 2, kind: "unroll" } as const, { factor: lanes, kind: "vector" } as const];
  return { order: ["h", "c"], split: { c: split }, lanes };
}

function run(place: Place, size: number, lanes: number, parallel: boolean) {
  const places = { x: DENSE, out: DENSE, e: place };
  const schedules = KERNEL.computes.map(() => scheduled(lanes));
  const plain = lowerKernel(KERNEL, { summary: "", schedules, places, spaceOf: () => "arena" });
  const code = parallel ? shareTiles(plain, new Set(["e"])) : plain;
  expect(code.tiles).toBe(parallel ? 2 : undefined);
  verifyStmt(code);
  const inputs = randomInputs(KERNEL, 3);
  const sized = new Map([
    ["x", { place: DENSE, size: 96 }],
    ["out", { place: DENSE, size: 96 }],
    ["e", { place, size }],
  ]);
  expect(runKernel(KERNEL, code, sized, inputs).data).toEqual(interpretKernel(KERNEL, inputs).data);
}

const at = (strides: readonly number[], rest: Partial<Place> = {}): Place => ({
  buffer: 0,
  offset: 0,
  strides,
  ...rest,
});

const PLACES: Readonly<Record<string, readonly [place: Place, size: number]>> = {
  "row-major": [at([16, 1]), 48],
  "the other way round": [at([1, 3]), 48],
  "every second element of longer rows": [at([40, 2]), 120],
  "from the end": [at([-16, 1], { offset: 32 }), 48],
  "in blocks": [at([8, 1], { block: { dim: 1, size: 8, stride: 24 } }), 48],
  "in blocks of one row": [at([64, 1], { block: { dim: 1, size: 8, stride: 16 } }), 192],
};

describe("temporaries", () => {
  describe.each(Object.entries(PLACES))("%s", (_, [place, size]) => {
    it.each([
      [1, false],
      [1, true],
      [4, false],
      [4, true],
    ])("hold their values for %i lanes, in threads: %s", (lanes, parallel) => {
      run(place, size, lanes, parallel);
    });
  });

  it.each<readonly [Place, string]>([
    [at([1]), "has 1 strides"],
    [at([16, 0]), "has two elements at one address, 0 apart"],
    [at([15, 1]), "has two elements at one address, 15 apart"],
    [at([4, 2]), "has two elements at one address, 4 apart"],
    [
      at([7, 1], { block: { dim: 1, size: 8, stride: 24 } }),
      "has two elements at one address, 7 apart",
    ],
    [
      at([8, 1], { block: { dim: 1, size: 8, stride: 16 } }),
      "has two elements at one address, 8 apart",
    ],
    [at([16, 1.5]), "lies at 0, 16, 1.5"],
    [at([16, 1], { block: { dim: 2, size: 8, stride: 8 } }), "has blocks of 8 in dimension 2"],
    [
      at([20, 1], {
        margin: [
          [0, 0],
          [1, 1],
        ],
      }),
      "has a margin without a fill",
    ],
  ])("are refused at %j", (place, problem) => {
    expect(placeProblems(place, [3, 16])).toEqual([problem]);
    expect(() => run(place, 200, 1, false)).toThrow(`temporary e ${problem}`);
  });

  it("have no margins, which nothing would fill", () => {
    const place = at([20, 1], {
      margin: [
        [0, 0],
        [1, 1],
      ],
      fill: { mode: "constant", value: 0 },
    });
    expect(placeProblems(place, [3, 16])).toEqual([]);
    expect(() => run(place, 200, 1, false)).toThrow("temporary e has a margin");
  });
});
