/** `tilewright/webpack`: the plugin for webpack. */
import { createWebpackPlugin } from "unplugin";
import type { PluginOptions } from "./options.js";
import { plugin } from "./plugin.js";

export type { PluginOptions } from "./options.js";

/** For `plugins` of a config of webpack. */
export const tilewright = createWebpackPlugin(plugin) as (options?: PluginOptions) => {
  apply(compiler: unknown): void;
};
