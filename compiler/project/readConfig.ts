/** Turns what configs, files beside models and queries of imports say into the texts of a command line. */
import { basename, dirname, isAbsolute, resolve } from "node:path";
import { CompileError, type Problem } from "../base/error.js";
import { suggestion } from "../base/suggest.js";
import type { ModelOptions, ModelRequest, ProjectRequest } from "./config.js";
import { isNumbers, type Given } from "./given.js";

/** How an option is written: a flag alone, a word, words, or names with values; of paths, whether it is one. */
interface Form {
  readonly takes: "nothing" | "text" | "texts" | "pairs" | "data";
  readonly path?: true;
}

const TEXT: Form = { takes: "text" };
const FLAG: Form = { takes: "nothing" };

export const OPTION_FORMS: Readonly<Record<keyof Required<ModelOptions>, Form>> = {
  target: TEXT,
  shape: { takes: "pairs" },
  bind: { takes: "pairs", path: true },
  state: { takes: "pairs" },
  initial: { takes: "pairs", path: true },
  weightsFrom: { takes: "text", path: true },
  preprocess: { takes: "data" },
  postprocess: { takes: "data" },
  labels: { takes: "text", path: true },
  half: TEXT,
  ports: TEXT,
  subnormals: TEXT,
  seed: TEXT,
  expose: { takes: "texts" },
  output: { takes: "texts" },
  weightsType: TEXT,
  arithmetic: TEXT,
  keep: { takes: "texts" },
  disable: { takes: "texts" },
  winograd: TEXT,
  schedules: { takes: "text", path: true },
  budget: { takes: "pairs" },
  name: TEXT,
  outDir: { takes: "text", path: true },
  weights: TEXT,
  wasm: TEXT,
  simd: TEXT,
  threads: FLAG,
  emit: TEXT,
  standalone: FLAG,
  contentNames: FLAG,
  js: FLAG,
  format: TEXT,
  force: FLAG,
  maxSize: TEXT,
  maxDownload: TEXT,
  maxMemory: TEXT,
  maxMacs: TEXT,
};

const formOf = (name: string): Form | undefined =>
  Object.hasOwn(OPTION_FORMS, name) ? OPTION_FORMS[name as keyof ModelOptions] : undefined;

/** Throws CompileError `usage` with everything that is no config. `where`: the file it is from. */
export function readConfig(config: unknown, where: string): ProjectRequest {
  const problems: Problem[] = [];
  const folder = dirname(resolve(where));
  const { models = [], ...shared } = objectOf(config, where, problems);
  const list = Array.isArray(models) ? (models as readonly unknown[]) : [];
  if (!Array.isArray(models))
    problems.push({ code: "usage", message: `${where}: models is not a list` });
  const forAll = givenOf(shared, where, folder, problems);
  const requests = list.map((one, i): ModelRequest => {
    const at = `${where}: models[${i}]`;
    const { model, ...options } = objectOf(one, at, problems);
    if (typeof model !== "string" || model === "")
      problems.push({ code: "usage", message: `${at} has no model: expected the path of one` });
    return {
      model: resolve(folder, typeof model === "string" ? model : ""),
      given: { ...forAll, ...givenOf(options, at, folder, problems) },
    };
  });
  if (problems.length > 0) throw new CompileError(problems);
  return { shared: forAll, models: requests };
}

/** The options of a file beside one model. Throws CompileError `usage` with everything that is wrong. */
export function readOptions(options: unknown, where: string): Given {
  const problems: Problem[] = [];
  const object = objectOf(options, where, problems);
  // Whoever hands over a model may hand over this file, too.
  for (const name of ["outDir", "force"])
    if (Object.hasOwn(object, name))
      problems.push({
        code: "usage",
        message: `${where}: ${name} is not for a file beside a model`,
        hint: "say it in the config or on the command line",
      });
  const given = givenOf(object, where, dirname(resolve(where)), problems);
  if (problems.length > 0) throw new CompileError(problems);
  return given;
}

/** What follows the `?` of an import. Throws CompileError `usage` where it is no option. */
export function readQuery(query: string, model: string): Given {
  const problems: Problem[] = [];
  const texts = new Map<string, string[] | true>();
  for (const [name, text] of new URLSearchParams(query)) {
    const form = knownForm(name, `${basename(model)}?${query}`, problems);
    if (form === undefined) continue;
    const before = texts.get(name);
    if (form.takes === "nothing") texts.set(name, true);
    else texts.set(name, [...(Array.isArray(before) ? before : []), text]);
  }
  if (problems.length > 0) throw new CompileError(problems);
  return withPaths(Object.fromEntries(texts), dirname(model));
}

function objectOf(value: unknown, where: string, problems: Problem[]): Record<string, unknown> {
  if (typeof value === "object" && value !== null && !Array.isArray(value))
    return value as Record<string, unknown>;
  problems.push({ code: "usage", message: `${where} is not an object of options` });
  return {};
}

function knownForm(name: string, where: string, problems: Problem[]): Form | undefined {
  const form = formOf(name);
  if (form === undefined)
    problems.push({
      code: "usage",
      message: `${where}: there is no option '${name}'`,
      ...suggestion(name, Object.keys(OPTION_FORMS)),
    });
  return form;
}

function givenOf(
  options: Record<string, unknown>,
  where: string,
  folder: string,
  problems: Problem[],
): Given {
  const given: Record<string, readonly string[] | true> = {};
  for (const [name, value] of Object.entries(options)) {
    const form = name === "$schema" ? undefined : knownForm(name, where, problems);
    if (form === undefined || value === undefined) continue;
    const texts = textsOf(value, form);
    if (texts === undefined)
      problems.push({ code: "usage", message: `${where}: ${name} is not ${WANTED[form.takes]}` });
    else if (texts !== false) given[name] = texts;
  }
  return withPaths(given, folder);
}

const WANTED = {
  nothing: "true or false",
  text: "a text or a number",
  texts: "a list of texts",
  pairs: "an object of names and values",
  data: "an object of names and objects",
} as const satisfies Record<Form["takes"], string>;

/** As the command line would say it; false where it would say nothing, undefined where it could not. */
function textsOf(value: unknown, { takes }: Form): readonly string[] | boolean | undefined {
  switch (takes) {
    case "nothing":
      return typeof value === "boolean" ? value : undefined;
    case "text":
      return isScalar(value) ? [String(value)] : undefined;
    case "texts":
      return Array.isArray(value) && value.every(isScalar) ? value.map(String) : undefined;
    case "pairs":
      return pairTexts(value);
    case "data":
      return dataTexts(value);
  }
}

function pairTexts(value: unknown): readonly string[] | undefined {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  const texts = Object.entries(value).map(([name, one]: [string, unknown]) => {
    if (isScalar(one)) return `${name}=${one}`;
    return Array.isArray(one) && one.every(isScalar) ? `${name}=${one.join(",")}` : undefined;
  });
  return texts.every((text) => text !== undefined) ? texts : undefined;
}

function dataTexts(value: unknown): readonly string[] | undefined {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  const entries = Object.entries(value) as [string, unknown][];
  if (entries.some(([, one]) => typeof one !== "object" || one === null)) return undefined;
  return entries.map(([name, one]) => `${name}=${JSON.stringify(one)}`);
}

function isScalar(value: unknown): value is string | number {
  return typeof value === "string" || typeof value === "number";
}

/** The same with paths that are relative to a folder made absolute. */
export function withPaths(given: Given, folder: string): Given {
  const inFolder = (path: string): string => (isAbsolute(path) ? path : resolve(folder, path));
  return Object.fromEntries(
    Object.entries(given).map(([name, texts]) => {
      const form = formOf(name);
      if (form?.path === undefined || texts === true) return [name, texts];
      if (form.takes !== "pairs") return [name, texts.map(inFolder)];
      const split = (text: string): string => {
        const at = text.lastIndexOf("=");
        if (isNumbers(text.slice(at + 1))) return text;
        return `${text.slice(0, at)}=${inFolder(text.slice(at + 1))}`;
      };
      return [name, texts.map(split)];
    }),
  );
}
