/** `tilewright/rolldown`: the plugin for Rolldown. */
import { createRolldownPlugin } from "unplugin";
import type { PluginOptions } from "./options.js";
import { plugin } from "./plugin.js";

export type { PluginOptions } from "./options.js";

/** For `plugins` of a config of Rolldown. */
export const tilewright = createRolldownPlugin(plugin) as (options?: PluginOptions) => {
  readonly name: string;
};
