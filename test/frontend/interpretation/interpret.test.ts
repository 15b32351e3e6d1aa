/** What emitted modules make of outputs is what PyTorch, torchvision and the helpers of `tilewright/postprocess` make of them. */
import { describe, expect, it } from "vitest";
import {
  boxes,
  classes,
  interpretModel,
  mask,
  model,
  parseDefinition,
  relu,
  type Interpretation,
} from "../../../compiler/index.js";
import type { Definition } from "../../../compiler/graph/definition.js";
import {
  argMaxMask,
  decodeYolo,
  nonMaximumSuppression,
  pick,
  topK,
} from "../../../postprocess/index.js";
import { reference } from "../../postprocess/reference.js";
import { importCompiled, type Arrays } from "../../support/emitted.js";
import { createRandom } from "../../support/random.js";

const TARGETS = ["ts", "wasm"] as const;
type Target = (typeof TARGETS)[number];

/** A model that yields its input. */
const identity = (dims: readonly number[]): Definition =>
  model("net", { x: dims }, ({ x }) => ({ out: x }));

/** What the second of two runs yields: the first is of zeros. */
async function runOf(
  definition: Definition,
  target: Target,
  x: readonly number[] | Float32Array,
): Promise<Arrays> {
  const { module } = await importCompiled(definition, { target });
  const loaded = await module.load();
  loaded.run({ x: new Float32Array(x.length) });
  return loaded.run({ x: Float32Array.from(x) });
}

const interpreted = (dims: readonly number[], out: Interpretation): Definition =>
  interpretModel(identity(dims), { out });

const closeTo = (found: ArrayLike<number>, expected: readonly number[], most: number): void => {
  expect(found.length).toBe(expected.length);
  expected.forEach((one, i) => expect(Math.abs(found[i]! - one)).toBeLessThanOrEqual(most));
};

describe.each(TARGETS)("%s", (target) => {
  it.each(reference.scores)("ranks classes as PyTorch does, of $classes", async (one) => {
    const rows = one.scores.length / one.classes;
    const top = one.topValues.length;
    const plain = interpreted([rows, one.classes], classes({ top }));
    const found = await runOf(plain, target, one.scores);
    expect([...(found["outScores"] as Float32Array)].slice(0, top)).toEqual(one.topValues);
    const soft = interpreted([rows, one.classes, 1, 1], classes({ top, softmax: true }));
    const { outScores, outClasses } = await runOf(soft, target, one.scores);
    expect(outClasses).toEqual(found["outClasses"]);
    const places = [...(outClasses as Int32Array)];
    const expected = places.map((c, i) => one.softmax[Math.floor(i / top) * one.classes + c]!);
    closeTo(outScores as Float32Array, expected, 1e-6);
    const apart = interpreted([rows, one.classes], classes({ top, sigmoid: true }));
    const sigmoids = await runOf(apart, target, one.scores);
    const each = places.map((c, i) => one.sigmoid[Math.floor(i / top) * one.classes + c]!);
    closeTo(sigmoids["outScores"] as Float32Array, each, 1e-6);
  });

  it("finds the best of many as the helper does: equal ones, NaN, and all that is −∞", async () => {
    const { int } = createRandom(5);
    const [rows, count, top] = [3, 90, 6];
    const scores = Float32Array.from({ length: rows * count }, () => int(-9, 9));
    scores[7] = NaN;
    scores.fill(-Infinity, 2 * count).set([3, -Infinity, 4], 2 * count + 40);
    const { outScores, outClasses } = await runOf(
      interpreted([rows, count], classes({ top })),
      target,
      scores,
    );
    const expected = [0, 1, 2].flatMap((row) =>
      topK(scores.subarray(row * count, (row + 1) * count), top),
    );
    expect([...(outClasses as Int32Array)]).toEqual(expected.map(({ index }) => index));
    expect([...(outScores as Float32Array)]).toEqual(expected.map(({ score }) => score));
  });

  it("masks as the helper does, in both layouts", async () => {
    const { int } = createRandom(3);
    const scores = Float32Array.from({ length: 4 * 5 * 7 }, () => int(0, 8));
    const planes = await runOf(interpreted([1, 4, 5, 7], mask()), target, scores);
    expect(planes["outMask"]).toEqual(argMaxMask(scores, { classes: 4 }));
    const last = mask({ layout: "hwc", dtype: "i32" });
    const pixels = await runOf(interpreted([5, 7, 4], last), target, scores);
    const expected = argMaxMask(scores, { classes: 4, layout: "hwc" });
    expect(pixels["outMask"]).toEqual(Int32Array.from(expected));
    const alone = await runOf(interpreted([4, 5, 7], mask()), target, scores);
    expect(alone["outMask"]).toEqual(planes["outMask"]);
    const one = mask({ threshold: 5 });
    const above = await runOf(interpreted([1, 1, 20, 7], one), target, scores);
    expect(above["outMask"]).toEqual(Uint8Array.from(scores, (score) => Number(score >= 5)));
  });

  it.each(reference.suppression)("keeps torchvision's boxes ($iouThreshold)", async (one) => {
    const { iouThreshold } = one;
    const count = one.scores.length;
    const kinds = Math.max(...one.classes) + 1;
    // What has a score of 0 has no class here.
    const [scoreThreshold, most] = [1 / 64, Math.min(count, 30)];
    const columns = [
      ...[0, 1, 2, 3].flatMap((side) => one.scores.map((_, i) => one.boxes[i * 4 + side]!)),
      ...Array.from({ length: kinds }, (_, c) =>
        one.scores.map((score, i) => (one.classes[i] === c ? score : 0)),
      ).flat(),
    ];
    const options = { format: "corners", iouThreshold, scoreThreshold, most } as const;
    for (const [acrossClasses, all] of [
      [false, one.batchedNms] as const,
      [true, one.nms] as const,
    ]) {
      const kept = all.filter((i) => one.scores[i]! >= scoreThreshold).slice(0, most);
      const definition = interpreted([1, 4 + kinds, count], boxes({ ...options, acrossClasses }));
      const found = await runOf(definition, target, columns);
      const padded = (values: readonly number[], length: number, rest: number): number[] => [
        ...values,
        ...new Array<number>(length - values.length).fill(rest),
      ];
      expect([...(found["outCount"] as Int32Array)]).toEqual([kept.length]);
      expect([...(found["outScores"] as Float32Array)]).toEqual(
        padded(
          kept.map((i) => one.scores[i]!),
          most,
          0,
        ),
      );
      expect([...(found["outClasses"] as Int32Array)]).toEqual(
        padded(
          kept.map((i) => one.classes[i]!),
          most,
          -1,
        ),
      );
      expect([...(found["outBoxes"] as Float32Array)]).toEqual(
        padded(
          kept.flatMap((i) => one.boxes.slice(i * 4, i * 4 + 4)),
          most * 4,
          0,
        ),
      );
    }
  });

  it("decodes boxes as the helper does: rows, centres, objects, logits", async () => {
    const { int } = createRandom(11);
    const [count, kinds, most] = [60, 3, 20];
    const logits = Array.from({ length: count }, () => [
      ...[0, 1].map(() => int(0, 200) / 8),
      ...[0, 1].map(() => int(8, 108) / 8),
      ...Array.from({ length: 1 + kinds }, () => int(-3000, 5000) / 1000),
    ]);
    const rows = { layout: "rows", objectness: true } as const;
    const definition = interpreted(
      [1, count, 5 + kinds],
      boxes({ ...rows, sigmoid: true, scoreThreshold: 0.3, iouThreshold: 0.4, most }),
    );
    const found = await runOf(definition, target, logits.flat());
    const probabilities = logits.map((row) =>
      row.map((value, i) => (i < 4 ? value : 1 / (1 + Math.exp(-value)))),
    );
    const decoded = decodeYolo(probabilities.flat(), {
      ...rows,
      classes: kinds,
      scoreThreshold: 0.3,
    });
    const kept = pick(decoded, nonMaximumSuppression(decoded, { iouThreshold: 0.4, most }));
    const [number] = found["outCount"] as Int32Array;
    expect(number).toBe(kept.scores.length);
    expect(number).toBeGreaterThan(5);
    closeTo((found["outScores"] as Float32Array).subarray(0, number), [...kept.scores], 1e-6);
    expect((found["outClasses"] as Int32Array).subarray(0, number)).toEqual(kept.classes);
    closeTo((found["outBoxes"] as Float32Array).subarray(0, number! * 4), [...kept.boxes], 1e-5);
  });

  it("has no boxes of NaN, nor of no area twice", async () => {
    // Boxes 0 and 1 are points at the same place: both are kept, as neither covers anything.
    const columns = [5, 5, 1, 5, 5, 1, 5, 5, 3, 5, 5, 3, 0.5, 0.75, NaN];
    const definition = interpreted([1, 5, 3], boxes({ format: "corners", most: 3 }));
    const found = await runOf(definition, target, columns);
    expect([...(found["outScores"] as Float32Array)]).toEqual([0.75, 0.5, 0]);
    expect([...(found["outClasses"] as Int32Array)]).toEqual([0, 0, -1]);
    expect([...(found["outCount"] as Int32Array)]).toEqual([2]);
  });
});

describe("interpretModel", () => {
  const two = parseDefinition(`model two(%x: f32[N,3]) {
  %y = relu(%x)
  %"y.topKIndices_1" = neg(%y)
  return y = %"y.topKIndices_1", same = %x, one = @c
}
@c : f32[3] = [1, 3, 2]
`);
  const bound = { dims: { N: 1 } };

  it("leaves other outputs as they are, and its own where asked", () => {
    const { outputs } = interpretModel(two, { y: classes({ top: 1, keep: true }) }, bound);
    expect(outputs.map(({ name }) => name)).toEqual(["y", "yScores", "yClasses", "same", "one"]);
    expect(interpretModel(two, {}, bound)).toBe(two);
  });

  it("names outputs as it is told", () => {
    const named = (as: string): readonly string[] =>
      interpretModel(two, { y: classes({ top: 1, as }) }, bound).outputs.map(({ name }) => name);
    expect(named("top").slice(0, 2)).toEqual(["topScores", "topClasses"]);
    expect(named("").slice(0, 2)).toEqual(["scores", "classes"]);
  });

  it.each(TARGETS)(
    "takes no name that the model has, and reads inputs and constants, %s",
    async (target) => {
      const top = classes({ top: 2 });
      const definition = interpretModel(two, { y: top, same: top, one: top }, bound);
      const { module } = await importCompiled(definition, { target, ...bound });
      const found = (await module.load()).run({ x: Float32Array.of(3, -1, 2) });
      expect(found).toEqual({
        yScores: Float32Array.of(-0, -2),
        yClasses: Int32Array.of(1, 2),
        sameScores: Float32Array.of(3, 2),
        sameClasses: Int32Array.of(0, 2),
        oneScores: Float32Array.of(3, 2),
        oneClasses: Int32Array.of(1, 2),
      });
    },
  );

  it("follows a layer", async () => {
    const net = model("net", { x: [1, 4] }, ({ x }) => ({ logits: relu(x) }));
    const definition = interpretModel(net, { logits: classes({ top: 2, as: "" }) });
    const found = await runOf(definition, "ts", [-1, 5, 7, 6]);
    expect(found).toEqual({ scores: Float32Array.of(7, 6), classes: Int32Array.of(2, 3) });
  });
});
