/** `tilewright build`: a model in, the files of its module out; without a model, all that the config lists. */
import { relative } from "node:path";
import { fail } from "../base/error.js";
import { BUILD_OPTIONS } from "../project/buildOptions.js";
import { NO_CACHE } from "../project/cache.js";
import { openProject } from "../project/findConfig.js";
import { isSet, oneText, type Given } from "../project/given.js";
import { MODEL_OPTIONS } from "../project/modelOptions.js";
import { buildAll, type BuildList } from "./buildAll.js";
import type { Streams, Verb } from "./verb.js";
import { watchModels } from "./watchModels.js";

export const build: Verb = {
  name: "build",
  argument: "[model]",
  description:
    "Compiles a model to a typed module; without one, all models of tilewright.config.ts",
  options: [
    ...BUILD_OPTIONS,
    ["--tune", "Times schedules on this machine, for --schedules (by default <model>.tune.json)"],
    ["--check", "Writes nothing; fails where files are not what would be written"],
    ["--watch", "Builds again whenever something changes that a model is made from"],
    ["--json", "Prints the report, and the time that each step took, as JSON"],
    ...MODEL_OPTIONS,
  ],
  run: (model, given, streams) =>
    buildModels(
      () => Promise.resolve({ requests: [{ model, given }], dependencies: [] }),
      given,
      streams,
    ),
  runAll: (given, streams) => buildModels(() => listedModels(given), given, streams),
};

/** The models of the config, with what the command line says of them all. */
async function listedModels(given: Given): Promise<BuildList> {
  const { models, dependencies } = await openProject(".", NO_CACHE, oneText(given, "config"));
  if (models.length === 0)
    fail("usage", "build wants a <model>: no config here lists any", {
      hint: "name one, or write a config with `tilewright init`",
    });
  const requests = models.map((one) => ({
    model: relative(".", one.model),
    given: { ...one.given, ...given },
  }));
  return { requests, dependencies };
}

async function buildModels(
  list: () => Promise<BuildList>,
  given: Given,
  streams: Streams,
): Promise<number> {
  const chosen = ["check", "watch", "tune"].filter((name) => isSet(given, name));
  if (chosen.length > 1) fail("usage", `--${chosen.join(" and --")} do not go together`);
  if (isSet(given, "watch")) return watchModels(list, streams);
  return buildAll((await list()).requests, streams);
}
