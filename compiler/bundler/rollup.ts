/** `tilewright/rollup`: the plugin for Rollup. */
import { createRollupPlugin } from "unplugin";
import type { PluginOptions } from "./options.js";
import { plugin } from "./plugin.js";

export type { PluginOptions } from "./options.js";

/** For `plugins` of a config of Rollup. */
export const tilewright = createRollupPlugin(plugin) as (options?: PluginOptions) => {
  readonly name: string;
};
