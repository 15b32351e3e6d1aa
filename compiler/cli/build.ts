/** `tilewright build`: a model in, the files of its module out; without a model, all that the config lists. */
import { relative } from "node:path";
import { fail } from "../base/error.js";
import { BUILD_OPTIONS } from "../project/buildOptions.js";
import { NO_CACHE } from "../project/cache.js";
import { optionsFileOf } from "../project/config.js";
import { besides, openProject } from "../project/findConfig.js";
import { isSet, oneText, type Given, type OptionRows } from "../project/given.js";
import { MODEL_OPTIONS } from "../project/modelOptions.js";
import { readAllFlags } from "../project/targetFlags.js";
import { buildAll } from "./buildAll.js";
import type { Streams, Verb } from "./verb.js";
import { withProject } from "./withProject.js";
import { watchModels, type ListModels } from "./watchModels.js";

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
  engineFlags: (given) => (isSet(given, "tune") ? tuningFlags(given) : []),
  run: (model, given, streams) => buildModels(oneModel(model, given), given, streams),
  runAll: (given, streams) => buildModels(listedModels(given), given, streams),
};

/** What engines have to be started with to time the code that the command line asks for. */
function tuningFlags(given: Given): readonly string[] {
  const asked = readAllFlags(given, ({ flags }) => flags);
  const variants = asked.flatMap(([target, options]) => target.variantsFor(options));
  return variants.flatMap(({ tuner }) => tuner?.engineFlags ?? []);
}

function oneModel(model: string, given: Given): ListModels {
  return async (onDependency) => [
    { model, given: await withProject(OPTIONS, model, given, onDependency) },
  ];
}

/** The models of the config, with what the command line says of them all. */
function listedModels(given: Given): ListModels {
  return async (onDependency) => {
    const named = oneText(given, "config");
    const { models, dependencies } = await openProject(".", NO_CACHE, named, onDependency);
    for (const path of dependencies) onDependency(path);
    if (models.length === 0)
      fail("usage", "build wants a <model>: no config here lists any", {
        hint: "name one, or write a config with `tilewright init`",
      });
    return models.map((one) => {
      onDependency(optionsFileOf(one.model));
      return {
        model: relative(".", one.model),
        given: { ...one.given, ...besides(one.model), ...given },
      };
    });
  };
}

async function buildModels(list: ListModels, given: Given, streams: Streams): Promise<number> {
  const chosen = ["check", "watch", "tune"].filter((name) => isSet(given, name));
  if (chosen.length > 1) fail("usage", `--${chosen.join(" and --")} do not go together`);
  if (isSet(given, "watch")) return watchModels(list, streams);
  return buildAll(await list(() => undefined), streams);
}
