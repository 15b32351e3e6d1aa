/** Adds to a command line what the project says of the model: in its config, and in a file beside the model. */
import { BUILD_OPTIONS } from "../project/buildOptions.js";
import { NO_CACHE } from "../project/cache.js";
import { optionsFileOf } from "../project/config.js";
import { CONFIG_NAMES, openProject, requestFor } from "../project/findConfig.js";
import { nameOfFlag, oneText, type Given, type OptionRows } from "../project/given.js";
import { MODEL_OPTIONS } from "../project/modelOptions.js";

const SHARED = new Set([...MODEL_OPTIONS, ...BUILD_OPTIONS]);

/**
 * Options of the command line count more; of the others a verb takes those that mean the same to it. `onDependency` is told
 * the files that say so.
 */
export async function withProject(
  options: OptionRows,
  model: string,
  given: Given,
  onDependency: (path: string) => void = () => undefined,
): Promise<Given> {
  const config = oneText(given, "config");
  // Also those that are not there: they count once they are.
  onDependency(optionsFileOf(model));
  if (config === undefined) for (const name of CONFIG_NAMES) onDependency(name);
  const own = new Set(options.filter((row) => SHARED.has(row)).map(([usage]) => nameOfFlag(usage)));
  const project = await openProject(".", NO_CACHE, config, onDependency);
  for (const path of project.dependencies) onDependency(path);
  const said = Object.entries(requestFor(project, model).given).filter(([name]) => own.has(name));
  return { ...Object.fromEntries(said), ...given };
}
