/** `tilewright/esbuild`: the plugin for esbuild. */
import { createEsbuildPlugin } from "unplugin";
import type { PluginOptions } from "./options.js";
import { plugin } from "./plugin.js";

export type { PluginOptions } from "./options.js";

/** For `plugins` of a build. */
export const tilewright = createEsbuildPlugin(plugin) as (options?: PluginOptions) => {
  readonly name: string;
  setup(build: unknown): void;
};
