/** `build --watch`: builds models again whenever something changes that they are made from. */
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { openFiles } from "../project/files.js";
import type { ModelRequest } from "../project/config.js";
import { buildOne } from "./buildOne.js";
import { explainProblems } from "./explain.js";
import type { Streams } from "./verb.js";
import { watchFiles } from "./watchFiles.js";

/** Models to build; `onDependency` is told the files that decide which they are, also where one of them is wrong. */
export type ListModels = (onDependency: (path: string) => void) => Promise<readonly ModelRequest[]>;

/**
 * Builds what is listed, and again what changes, until the process is told to end. Throws CompileError where nothing is
 * there that could be mended.
 */
export async function watchModels(list: ListModels, streams: Streams): Promise<number> {
  const ended = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => ended.abort());
  const files = watchFiles();
  const [lists, sources] = [new Set<string>(), new Map<string, ReadonlySet<string>>()];
  let requests: readonly ModelRequest[] = [];
  const listAgain = async (): Promise<void> => {
    const begun = Date.now();
    try {
      requests = await list((path) => lists.add(resolve(path)));
    } catch (error) {
      if (![...lists].some((path) => existsSync(path))) throw error;
      explainProblems(error, streams, "config");
    }
    files.add(lists, begun);
  };
  const build = async (request: ModelRequest): Promise<void> => {
    const begun = Date.now();
    const read = await buildAndTell(request, streams);
    sources.set(request.model, read);
    files.add(read, begun);
  };
  await listAgain();
  for (let chosen = requests; !ended.signal.aborted;) {
    for (const request of chosen) await build(request);
    streams.stderr("watching for changes\n");
    const changed = await files.next(ended.signal);
    const isOf = (paths: ReadonlySet<string> | undefined): boolean =>
      [...changed].some((path) => paths?.has(path));
    const before = new Set(requests.map((request) => JSON.stringify(request)));
    if (isOf(lists)) await listAgain();
    chosen = requests.filter(
      (request) => !before.has(JSON.stringify(request)) || isOf(sources.get(request.model)),
    );
  }
  return 0;
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
  return new Set([request.model, ...files.read].map((path) => resolve(path)));
}
