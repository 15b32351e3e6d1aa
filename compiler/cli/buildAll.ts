/** Builds models one after the other; what is wrong with one does not keep the others from being built. */
import { openFiles } from "../project/files.js";
import type { ModelRequest } from "../project/config.js";
import { isSet } from "../project/given.js";
import { buildOne } from "./buildOne.js";
import { explainProblems } from "./explain.js";
import { startProgress } from "./progress.js";
import type { Streams } from "./verb.js";

/** Models to build. */
export interface BuildList {
  readonly requests: readonly ModelRequest[];
  /** What decides which they are. Absolute. */
  readonly dependencies: readonly string[];
}

/** The exit code: 0 where all are built, otherwise the gravest. Throws what is no problem of a model. */
export async function buildAll(
  requests: readonly ModelRequest[],
  streams: Streams,
): Promise<number> {
  const reports: object[] = [];
  let worst = 0;
  for (const request of requests) {
    const { end, ...progress } = startProgress(streams);
    try {
      const { text, json, warnings } = await buildOne(request, openFiles(), progress);
      end();
      for (const line of warnings) streams.stderr(`warning: ${line}\n`);
      if (isSet(request.given, "json")) reports.push(json);
      else streams.stdout(text);
    } catch (error) {
      end();
      // The only model's problems are the command's own.
      if (requests.length === 1) throw error;
      worst = Math.max(worst, explainProblems(error, streams, request.model));
    }
  }
  const [only] = reports;
  if (only !== undefined) {
    const all = requests.length === 1 ? only : reports;
    streams.stdout(`${JSON.stringify(all, undefined, 2)}\n`);
  }
  return worst;
}
