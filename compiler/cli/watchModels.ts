/** `build --watch`: builds models again whenever something changes that they are made from. */
import { resolve } from "node:path";
import { openFiles } from "../project/files.js";
import { optionsFileOf, type ModelRequest } from "../project/config.js";
import type { BuildList } from "./buildAll.js";
import { buildOne } from "./buildOne.js";
import { explainProblems } from "./explain.js";
import type { Streams } from "./verb.js";

/** Editors write a file in several steps. */
const SETTLED = { stabilityThreshold: 50, pollInterval: 10 };

/** Builds what is listed, and again what changes, until the process is told to end. */
export async function watchModels(
  list: () => Promise<BuildList>,
  streams: Streams,
): Promise<number> {
  const { watch } = await import("chokidar");
  const watcher = watch([], { ignoreInitial: true, awaitWriteFinish: SETTLED });
  let listed: BuildList = { requests: [], dependencies: [] };
  const sources = new Map<string, ReadonlySet<string>>();
  const build = async (request: ModelRequest): Promise<void> => {
    const read = await buildAndTell(request, streams);
    sources.set(request.model, read);
    watcher.add([...read]);
  };
  const changed = async (path: string): Promise<void> => {
    const anew = path === "" || listed.dependencies.includes(path);
    if (anew || path.endsWith(".tilewright.json")) listed = await list();
    watcher.add([...listed.dependencies]);
    const chosen = listed.requests.filter(({ model }) => anew || sources.get(model)?.has(path));
    for (const request of chosen) await build(request);
    if (chosen.length > 0) streams.stderr("watching for changes\n");
  };
  // One at a time: builds of one folder do not meet.
  let last = Promise.resolve();
  const queue = (path: string): void => {
    last = last
      .then(() => changed(path))
      .catch((error: unknown) => void explainProblems(error, streams, "config"));
  };
  queue("");
  watcher.on("all", (_event, path) => queue(resolve(path)));
  return new Promise((end) => {
    const stop = (): void =>
      void last
        .then(() => watcher.close())
        .then(() => {
          end(0);
        });
    process.once("SIGINT", stop);
    process.once("SIGTERM", stop);
  });
}

/** What was read for it, whether it could be built or not. */
async function buildAndTell(request: ModelRequest, streams: Streams): Promise<ReadonlySet<string>> {
  const files = openFiles();
  try {
    const { text, warnings } = await buildOne(request, files, {});
    for (const line of warnings) streams.stderr(`warning: ${line}\n`);
    streams.stdout(text);
  } catch (error) {
    explainProblems(error, streams, request.model);
  }
  const { model } = request;
  return new Set([model, optionsFileOf(model), ...files.read].map((path) => resolve(path)));
}
