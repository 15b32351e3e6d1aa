/** What the plugin has to know of a bundler. */
import type { CachedFile } from "../project/cache.js";

/** What hooks are called with, as far as all bundlers have it. */
export interface HookContext {
  addWatchFile(path: string): void;
  warn(message: string): void;
  emitFile(file: EmittedAsset): unknown;
  /** Of webpack and its kin, and of esbuild. */
  getNativeBuildContext?(): unknown;
  /** Of Vite: the page or the server. */
  readonly environment?: { readonly config?: { readonly consumer?: string } };
}

interface EmittedAsset {
  readonly type: "asset";
  readonly name: string;
  readonly source: Uint8Array;
}

/** Addresses of assets as expressions of JavaScript, and what has to stand before the module for them. */
export interface Addresses {
  addressOf(asset: CachedFile): string;
  readonly imports?: readonly string[];
}

export interface Host {
  /** Whether it finds files with queries by itself. */
  readonly resolves: boolean;
  /** Whether a module must hold everything itself: on servers, and in formats that know no address of theirs. */
  needsInline(context: HookContext): boolean;
  /** `assets`: a folder for files that are read from disk. */
  addresses(context: HookContext, model: string, assets: string): Addresses;
  /** Hooks of that bundler alone. */
  readonly hooks?: object;
}

/** The address of an asset that Rollup emits. */
export function emitted(context: HookContext, { path, content }: CachedFile): string {
  const source = Buffer.from(content as Uint8Array);
  const reference = context.emitFile({ type: "asset", name: path, source });
  // Rollup makes it a whole address, Vite a path below its base.
  return `new URL(import.meta.ROLLUP_FILE_URL_${String(reference)}, import.meta.url)`;
}
