/** Files of schedules that are wrong somewhere, beside the model that they were timed for. */
import { printDefinition } from "../../../compiler/graph/text/print.js";
import { printTuned } from "../../../compiler/tune/file.js";
import { SMALL, targetFor, tuneBy } from "../../tune/model.js";
import { mutatedBytes } from "../bytes.js";
import type { Family } from "../family.js";
import { mutatedText } from "../tokens.js";

const ENGINES = ["ts", "wasm relaxed", "wasm plain"];

/** Every schedule that is tried seems faster than those before. */
async function tuned(engine: string): Promise<string> {
  let cost = 1e6;
  const { kernels } = await tuneBy(() => (cost /= 1.1), engine);
  return printTuned(kernels);
}

/** Takes some seconds: a search with a clock that lies. */
export async function schedulesFamily(): Promise<Family> {
  const model = Buffer.from(printDefinition(SMALL));
  const files = await Promise.all(ENGINES.map(tuned));
  return {
    name: "schedules",
    share: 15,
    runs: 25,
    draw(random) {
      const engine = random.int(0, ENGINES.length - 1);
      const text = files[engine]!;
      const bytes = random.chance(1 / 8)
        ? mutatedBytes(Buffer.from(text), random)
        : Buffer.from(mutatedText(text, random));
      const target = targetFor(ENGINES[engine]!);
      const words = ["@m.tw", "--schedules", "@m.tune.json", "--target", target];
      return { files: { "m.tw": model, "m.tune.json": bytes }, words, verb: "check" };
    },
  };
}
