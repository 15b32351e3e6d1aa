/** Which imports are of models, and what their queries say. */
import { existsSync } from "node:fs";
import { dirname, isAbsolute, join, resolve } from "node:path";

/** `./net.onnx?target=wasm`, `./net.tw`, `./digits.model.ts` */
export const MODEL_ID = /\.(?:onnx|tw|model\.[cm]?[jt]s)(?:\?.*)?$/;

export interface ModelImport {
  /** Path of the model. */
  readonly path: string;
  /** As it is written in the import. */
  readonly written: string;
  /** What options it says. */
  readonly query: string;
  /** Whether everything shall lie in the module. */
  readonly inline: boolean;
}

/** Queries by which bundlers hand out files as they are. */
const OTHERS = ["url", "raw", "worker", "sharedworker", "asset"];
/** What bundlers add to queries. */
const ADDED = ["import", "t", "v"];

/** A module id of a bundler; undefined where the file itself is asked for. */
export function readImport(id: string): ModelImport | undefined {
  const [path, query] = splitQuery(id);
  const words = query
    .slice(1)
    .split("&")
    .filter((word) => !ADDED.includes(nameOf(word)));
  if (!MODEL_ID.test(path) || words.some((word) => OTHERS.includes(nameOf(word)))) return undefined;
  const options = words.filter((word) => word !== "inline" && word !== "tilewright");
  return {
    path,
    written: words.join("&"),
    query: options.join("&"),
    inline: words.includes("inline"),
  };
}

/** "t=123" => "t" */
const nameOf = (word: string): string => word.split("=", 1)[0]!;

/** The id of an import of a file: absolute, with its query. undefined where a bundler has to find it. */
export function resolveImport(
  specifier: string,
  importer: string | undefined,
  root: string,
): string | undefined {
  const [path, query] = splitQuery(specifier);
  const from = importer === undefined ? root : dirname(splitQuery(importer)[0]);
  const places = /^\.\.?\//.test(path)
    ? [resolve(from, path)]
    : isAbsolute(path)
      ? [path, join(root, path)]
      : [];
  const found = places.find((place) => existsSync(place));
  return found === undefined ? undefined : `${found}${query}`;
}

function splitQuery(id: string): readonly [path: string, query: string] {
  const at = id.indexOf("?");
  return at < 0 ? [id, ""] : [id.slice(0, at), id.slice(at)];
}
