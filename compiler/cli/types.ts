/** `tilewright types`: declarations for the imports of models in a project's sources, for TypeScript without a bundler. */
import { CompileError, fail, type Problem } from "../base/error.js";
import { openCache, type Cache } from "../project/cache.js";
import { declarationFile, isStale, writeDeclarationFile } from "../project/declarations.js";
import { cacheFolder, openProject, requestFor, type Project } from "../project/findConfig.js";
import { findImports } from "../project/findImports.js";
import { counted, isSet, oneText } from "../project/given.js";
import type { ModelImport } from "../project/imports.js";
import { CONFIG_OPTION } from "../project/modelOptions.js";
import { moduleFor } from "../project/moduleFor.js";
import { explainProblems } from "./explain.js";
import type { Verb } from "./verb.js";

export const types: Verb = {
  name: "types",
  argument: "<...sources>",
  description: "Writes declarations for imports of models in sources, or folders of them",
  options: [
    ["--check", "Writes nothing; fails where one is missing or not up to date"],
    CONFIG_OPTION,
  ],
  async run(first, given, streams, others) {
    const imports = findImports([first, ...others]);
    if (imports.length === 0)
      fail("usage", `there is no import of a model in ${[first, ...others].join(", ")}`);
    const cache = openCache(cacheFolder("."));
    const project = await openProject(".", cache, oneText(given, "config"));
    const stale: Problem[] = [];
    let worst = 0;
    for (const one of imports) {
      try {
        stale.push(...(await declare(one, project, cache, isSet(given, "check"))));
      } catch (error) {
        worst = Math.max(worst, explainProblems(error, streams, one.path));
      }
    }
    if (stale.length > 0) throw new CompileError(stale);
    streams.stdout(`${counted(imports.length, "import")} of models\n`);
    return worst;
  },
};

/** Writes the declarations of one import, or says what is wrong with those that are there. */
async function declare(
  { path, query, written, inline }: ModelImport,
  project: Project,
  cache: Cache,
  check: boolean,
): Promise<readonly Problem[]> {
  const module = await moduleFor({ ...requestFor(project, path, query), inline }, cache);
  const file = declarationFile(path, written, module.declarations);
  if (file === undefined)
    return fail("usage", "TypeScript takes an import of a definition for the file itself", {
      hint: `import ${JSON.stringify("./…?tilewright")} instead`,
    });
  if (!check) writeDeclarationFile(file);
  else if (isStale(file))
    return [
      {
        code: "stale-output",
        message: `${file.path} is missing or not up to date`,
        hint: "run `tilewright types` and commit what comes out",
      },
    ];
  return [];
}
