/** Models that are wrong somewhere: fields of ONNX files, words and lines of texts. */
import { printDefinition, printGraph } from "../../../compiler/graph/text/print.js";
import { readOnnx } from "../../../compiler/frontend/onnx/import.js";
import { decodeModel } from "../../../compiler/onnx/decode.js";
import { inferShapes } from "../../../compiler/infer/inferShapes.js";
import { TARGET_NAMES } from "../../../compiler/targets/index.js";
import type { Random } from "../../support/random.js";
import { readTiny, tinyModels } from "../../support/tinyModels.js";
import { mutated } from "../../support/wireMutation.js";
import { mutatedBytes } from "../bytes.js";
import type { Family, Files } from "../family.js";
import { mutatedText } from "../tokens.js";

const BESIDE: Files = { "w.bin": readTiny("w.bin") };

const models = tinyModels();

const target = (random: Random): readonly string[] => [
  "--target",
  random.pick<string>(TARGET_NAMES),
];

export const onnx: Family = {
  name: "onnx",
  share: 150,
  runs: 20,
  draw(random) {
    const model = random.pick(models);
    const next = (): number => random.int(0, 2 ** 31 - 1) / 2 ** 31;
    let bytes = mutated(model, next);
    if (random.chance(1 / 16)) bytes = mutatedBytes(model, random);
    // Fields of fields: the file stays one that can be taken apart.
    else if (random.chance(1 / 8)) bytes = again(bytes, next);
    return {
      files: { "m.onnx": bytes, ...BESIDE },
      words: ["@m.onnx", ...target(random)],
      verb: "check",
    };
  },
};

/** What cannot be taken apart stays as it is. */
function again(bytes: Uint8Array, next: () => number): Uint8Array {
  try {
    decodeModel(bytes);
    return mutated(bytes, next);
  } catch {
    return bytes;
  }
}

/** Characters of a text: larger ones test no more words. */
const MOST_CHARACTERS = 1500;

/** The same models in text, as they were written and as they were inferred. */
const texts = models.flatMap((bytes, i) => {
  try {
    const definition = readOnnx(bytes, { readFile: readTiny });
    const text =
      i % 3 === 0
        ? printGraph(inferShapes(definition, { readFile: readTiny }))
        : printDefinition(definition);
    return text.length > MOST_CHARACTERS ? [] : [text];
  } catch {
    return [];
  }
});

export const text: Family = {
  name: "tw",
  share: 200,
  runs: 20,
  draw(random) {
    const source = random.pick(texts);
    const bytes = random.chance(1 / 16)
      ? mutatedBytes(Buffer.from(source), random)
      : Buffer.from(mutatedText(source, random));
    return {
      files: { "m.tw": bytes, ...BESIDE },
      words: ["@m.tw", ...target(random)],
      verb: "check",
    };
  },
};
