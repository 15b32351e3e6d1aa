/** One plugin for every bundler: an import of a model is the module that it is compiled to. */
import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { UnpluginContextMeta, UnpluginOptions } from "unplugin";
import { CompileError, printable } from "../base/error.js";
import { NO_CACHE, openCache } from "../project/cache.js";
import { optionsFileOf } from "../project/config.js";
import { readConfig } from "../project/readConfig.js";
import { cacheFolder, openProject, requestFor, type Project } from "../project/findConfig.js";
import { declarationFile, writeDeclarationFile } from "../project/declarations.js";
import { moduleFor, type ImportedModule } from "../project/moduleFor.js";
import { withAddresses } from "./assets.js";
import type { HookContext, Host } from "./host.js";
import { hostOf } from "./hosts.js";
import { MODEL_ID, readImport, resolveImport, type ModelImport } from "../project/imports.js";
import type { PluginOptions } from "./options.js";

const NAME = "tilewright";

/** The plugin as unplugin takes it. */
export function plugin(
  options: PluginOptions | undefined,
  { framework }: Pick<UnpluginContextMeta, "framework">,
): UnpluginOptions {
  const host = hostOf(framework, () => plugin(options, { framework }));
  const state = openState(options ?? {});
  const load = async function (this: HookContext, id: string): Promise<string | undefined> {
    const imported = readImport(id);
    if (imported === undefined) return undefined;
    try {
      return await codeFor(imported, host, state, this);
    } catch (error) {
      throw named(error, relative(state.root, imported.path));
    }
  };
  return {
    name: NAME,
    enforce: "pre",
    ...(host.resolves ? {} : { resolveId: { filter: { id: RESOLVED }, handler: resolver(state) } }),
    load: { filter: { id: MODEL_ID }, handler: load as never },
    ...host.hooks,
  } as UnpluginOptions;
}

/** Problems as bundlers show them: below the model's name, and without the places in the compiler that found them. */
function named(error: unknown, model: string): unknown {
  if (!(error instanceof CompileError)) return error;
  const told = new Error(`${printable(model)} cannot be compiled:\n${error.message}`);
  told.stack = `Error: ${told.message}`;
  return told;
}

const RUNTIME = "tilewright/runtime";
const RESOLVED = new RegExp(`${MODEL_ID.source}|^${RUNTIME}$`);

/** Modules of models find the runtime of the compiler that made them, wherever they lie. */
function resolver(state: State) {
  return (id: string, importer?: string): string | undefined => {
    if (id !== RUNTIME) return resolveImport(id, importer, state.root);
    const ours = importer !== undefined && readImport(importer) !== undefined;
    return ours ? fileURLToPath(new URL("../../runtime/index.js", import.meta.url)) : undefined;
  };
}

interface State {
  readonly root: string;
  readonly options: PluginOptions;
  /** Where what can be made again is kept. */
  readonly folder: string;
}

function openState(options: PluginOptions): State {
  const root = process.cwd();
  const { cache } = options;
  const folder =
    cache === false
      ? join(tmpdir(), NAME)
      : cache === undefined
        ? cacheFolder(root)
        : resolve(cache);
  return { root, options, folder };
}

async function codeFor(
  { path, written, query, inline }: ModelImport,
  host: Host,
  state: State,
  context: HookContext,
): Promise<string> {
  const watch = (file: string): void => context.addWatchFile(file);
  const { options, root, folder } = state;
  const { config, cache, types, ...shared } = options;
  const kept = cache === false ? NO_CACHE : openCache(folder);
  watch(path);
  if (existsSync(optionsFileOf(path))) watch(optionsFileOf(path));
  const found: Project =
    config === false
      ? { shared: {}, models: [], dependencies: [] }
      : await openProject(root, kept, config, watch);
  const own = readConfig(shared, join(root, "the options of the plugin")).shared;
  const project: Project = {
    ...found,
    shared: { ...own, ...found.shared },
    models: found.models.map((one) => ({ ...one, given: { ...own, ...one.given } })),
  };
  const request = requestFor(project, path, query);
  const whole = inline || host.needsInline(context);
  const module = await moduleFor({ ...request, inline: whole }, kept, watch);
  for (const warning of module.warnings) context.warn(`${path}: ${warning}`);
  for (const file of [...module.dependencies, ...project.dependencies]) watch(file);
  const declared =
    (types ?? isTyped(path)) ? declarationFile(path, written, module.declarations) : undefined;
  if (declared !== undefined) writeDeclarationFile(declared);
  return withHost(module, host, context, path, join(folder, "assets"));
}

/** Whether TypeScript looks after the folder of a file, or one that it is in. */
function isTyped(path: string): boolean {
  for (let at = dirname(path); ; at = dirname(at)) {
    if (existsSync(join(at, "tsconfig.json"))) return true;
    if (at === dirname(at) || existsSync(join(at, "package.json"))) return false;
  }
}

function withHost(
  module: ImportedModule,
  host: Host,
  context: HookContext,
  model: string,
  assets: string,
): string {
  const addresses = host.addresses(context, model, assets);
  const code = withAddresses(module, addresses.addressOf);
  return [...(addresses.imports ?? []), code].join("\n");
}
