/** Small models with one field changed: each is a Program or a coded error, soon. `MUTATIONS=seed,count` for others. */
import { describe, expect, it } from "vitest";
import { compile, planModel, type CompileOptions } from "../../compiler/compile.js";
import { CompileError } from "../../compiler/base/error.js";
import { decodeModel } from "../../compiler/onnx/decode.js";
import { readOnnx } from "../../compiler/frontend/onnx/import.js";
import { opName } from "../../compiler/frontend/onnx/importOrder.js";
import { rowNames } from "../../compiler/frontend/onnx/ops.js";
import { lowerProgram } from "../../compiler/program/lower.js";
import { packConstants } from "../../compiler/program/pack.js";
import { generator } from "../ops/cases/opCase.js";
import { expectWithin, processorMs } from "../support/timeLimits.js";
import { readTiny, tinyModels } from "../support/tinyModels.js";
import { mutated } from "../support/wireMutation.js";

const [SEED = 1, COUNT = 4_500] = (process.env["MUTATIONS"] ?? "")
  .split(",")
  .filter(Boolean)
  .map(Number);
/** Of those that are planned, one in this many is compiled to the end. */
const COMPILED = 100;
const MOST_MS = 1000;

const options: CompileOptions = { readFile: readTiny };

interface Tally {
  read: number;
  planned: number;
  compiled: number;
  slowest: number;
  readonly codes: Map<string, number>;
  readonly messages: string[];
}

/** Goes as far as it can; throws what is not a CompileError. */
async function attempt(bytes: Uint8Array, number: number, tally: Tally): Promise<void> {
  const target = number % 2 === 0 ? "ts" : "wasm";
  try {
    const definition = readOnnx(bytes, options);
    tally.read++;
    const { program } = planModel(definition, { ...options, target });
    lowerProgram(program);
    packConstants(program, readTiny);
    if (tally.planned++ % COMPILED > 0) return;
    await compile(definition, { ...options, target });
    tally.compiled++;
  } catch (error) {
    if (!(error instanceof CompileError)) throw error;
    for (const { code } of error.problems) tally.codes.set(code, (tally.codes.get(code) ?? 0) + 1);
    tally.messages.push(error.message);
  }
}

/**
 * Some cases have integers that only a folded value can have, or constant indices outside, where computed ones write
 * nothing; and of as many rows as a run finds the exporter takes a slice that the reader does not.
 */
const SOUND = /does not fit 32 bits|index \d+ of a dimension of|as many rows as a run finds/;

describe("models with a field changed", () => {
  const models = tinyModels();

  it("are of all rows", () => {
    const seen = new Set(models.flatMap((bytes) => decodeModel(bytes).graph!.node.map(opName)));
    expect(rowNames().filter((name) => !seen.has(name))).toEqual(["Upsample"]);
  });

  it("are sound before", async () => {
    const tally = newTally();
    for (const [i, bytes] of models.entries()) await attempt(bytes, i, tally);
    expect(tally.messages.filter((message) => !SOUND.test(message))).toEqual([]);
    expect(tally.planned).toBeGreaterThan(0.98 * models.length);
  });

  it("are Programs or coded errors", async () => {
    const next = generator(SEED);
    const tally = newTally();
    const wrong: string[] = [];
    const slow: (readonly [bytes: Uint8Array, number: number])[] = [];
    for (let i = 0; i < COUNT; i++) {
      const bytes = mutated(models[Math.floor(next() * models.length)]!, next);
      const ms = await processorMs(() =>
        attempt(bytes, i, tally).catch((error: unknown) => {
          const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
          wrong.push(`${i}: ${text}\n${Buffer.from(bytes).toString("base64")}`);
        }),
      );
      tally.slowest = Math.max(tally.slowest, ms);
      if (ms > MOST_MS) slow.push([bytes, i]);
    }
    const { read, planned, compiled, slowest, codes } = tally;
    console.log(
      `${COUNT} mutations: ${read} as far as shape inference, ${planned} planned, ${compiled} compiled to the end; ` +
        `the slowest took ${slowest.toFixed()} ms; ${[...codes].map(([code, n]) => `${code} ${n}`).join(", ")}`,
    );
    expect(wrong).toEqual([]);
    for (const [bytes, number] of slow)
      await expectWithin(MOST_MS, () => processorMs(() => attempt(bytes, number, newTally())));
    expect(read).toBeGreaterThan(0.3 * COUNT);
    expect(compiled).toBeGreaterThan(COUNT / 1000);
  }, 3_600_000);
});

function newTally(): Tally {
  return { read: 0, planned: 0, compiled: 0, slowest: 0, codes: new Map(), messages: [] };
}
