/** `tilewright/rspack`: the plugin for rspack. */
import { createRspackPlugin } from "unplugin";
import type { PluginOptions } from "./options.js";
import { plugin } from "./plugin.js";

export type { PluginOptions } from "./options.js";

/** For `plugins` of a config of rspack. */
export const tilewright = createRspackPlugin(plugin) as (options?: PluginOptions) => {
  apply(compiler: unknown): void;
};
