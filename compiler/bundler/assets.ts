/** Puts the addresses that a bundler gives to weights and WebAssembly into the code that reads them. */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { replaceFile } from "../base/replaceFile.js";
import { urlBeside } from "../emit/urlBeside.js";
import type { CachedFile } from "../project/cache.js";
import type { ImportedModule } from "../project/moduleFor.js";

/** The code with an expression of an address for each file beside the module. */
export function withAddresses(
  { code, assets }: ImportedModule,
  addressOf: (asset: CachedFile) => string,
): string {
  return assets.reduce(
    (text, asset) => text.replaceAll(urlBeside(asset.path), () => addressOf(asset)),
    code,
  );
}

/** `net.weights.bin` => `3f2a…/net.weights.bin`: another content, another place. */
export function placeOf({ path, content }: CachedFile): string {
  const hash = createHash("sha256").update(content).digest("hex").slice(0, 16);
  return `${hash}/${path}`;
}

/** Writes a file where bundlers that read from disk find it, whole or not at all. */
export function writeAsset(asset: CachedFile, folder: string): string {
  const path = join(folder, placeOf(asset));
  if (existsSync(path)) return path;
  mkdirSync(dirname(path), { recursive: true });
  replaceFile(path, asset.content);
  return path;
}
