/** `tilewright/vite`: the plugin for Vite. */
import { createVitePlugin } from "unplugin";
import type { PluginOptions } from "./options.js";
import { plugin } from "./plugin.js";

export type { PluginOptions } from "./options.js";

/** For `plugins` of a config of Vite. */
export const tilewright = createVitePlugin(plugin) as (options?: PluginOptions) => {
  readonly name: string;
};
