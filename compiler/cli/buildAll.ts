/** Builds models one after the other; what is wrong with one does not keep the others from being built. */
import { relative, resolve } from "node:path";
import { fail } from "../base/error.js";
import { emissionOptions } from "../project/buildOptions.js";
import { openFiles } from "../project/files.js";
import type { ModelRequest } from "../project/config.js";
import { isSet, oneText } from "../project/given.js";
import { buildOne } from "./buildOne.js";
import { explainProblems } from "./explain.js";
import { startProgress } from "./progress.js";
import type { Streams } from "./verb.js";

/** The exit code: 0 where all are built, otherwise the gravest. Throws what is no problem of a model. */
export async function buildAll(
  requests: readonly ModelRequest[],
  streams: Streams,
): Promise<number> {
  const reports: object[] = [];
  const built = new Map<string, string>();
  let worst = 0;
  for (const request of requests) {
    const { end, ...progress } = startProgress(streams);
    try {
      claim(request, built);
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

/** Throws CompileError `usage` where an earlier model of the list becomes the same module. */
function claim({ model, given }: ModelRequest, built: Map<string, string>): void {
  const { name, js = false, format = "esm" } = emissionOptions(model, given);
  const place = resolve(oneText(given, "outDir") ?? ".", name!);
  const key = JSON.stringify([place, js, format]);
  const before = built.get(key);
  if (before !== undefined)
    fail("usage", `its files would be ${relative(".", place)}.*, as those of ${before} are`, {
      hint: "give one of them another name or outDir",
    });
  built.set(key, model);
}
