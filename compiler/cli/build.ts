/** `tilewright build`: a model in, the files of its module out; without a model, all that the config lists. */
import { relative } from "node:path";
import { fail } from "../base/error.js";
import { BUILD_OPTIONS } from "../project/buildOptions.js";
import { NO_CACHE } from "../project/cache.js";
import { besides, openProject } from "../project/findConfig.js";
import { isSet, oneText, type Given, type OptionRows } from "../project/given.js";
import { MODEL_OPTIONS } from "../project/modelOptions.js";
import { VARIANTS } from "../targets/index.js";
import { buildAll, type BuildList } from "./buildAll.js";
import type { Streams, Verb } from "./verb.js";
import { withProject } from "./withProject.js";
import { watchModels } from "./watchModels.js";

const OPTIONS: OptionRows = [
  ...BUILD_OPTIONS,
  ["--tune", "Times schedules on this machine, for --schedules (by default <model>.tune.json)"],
  ["--check", "Writes nothing; fails where files are not what would be written"],
  ["--watch", "Builds again whenever something changes that a model is made from"],
  ["--json", "Prints the report, and the time that each step took, as JSON"],
  ...MODEL_OPTIONS,
];

export const build: Verb = {
  name: "build",
  argument: "[model]",
  description:
    "Compiles a model to a typed module; without one, all models of tilewright.config.ts",
  options: OPTIONS,
  asksProject: true,
  engineFlags: (given) =>
    isSet(given, "tune") ? VARIANTS.flatMap(({ tuner }) => tuner?.engineFlags ?? []) : [],
  run: (model, given, streams) => buildModels(() => oneModel(model, given), given, streams),
  runAll: (given, streams) => buildModels(() => listedModels(given), given, streams),
};

async function oneModel(model: string, given: Given): Promise<BuildList> {
  const all = await withProject(OPTIONS, model, given);
  const { dependencies } = await openProject(".", NO_CACHE, oneText(given, "config"));
  return { requests: [{ model, given: all }], dependencies };
}

/** The models of the config, with what the command line says of them all. */
async function listedModels(given: Given): Promise<BuildList> {
  const project = await openProject(".", NO_CACHE, oneText(given, "config"));
  const { models, dependencies } = project;
  if (models.length === 0)
    fail("usage", "build wants a <model>: no config here lists any", {
      hint: "name one, or write a config with `tilewright init`",
    });
  const requests = models.map((one) => ({
    model: relative(".", one.model),
    given: { ...one.given, ...besides(one.model), ...given },
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
