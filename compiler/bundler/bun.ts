/** `tilewright/bun`: the plugin for Bun's bundler. */
import { createBunPlugin } from "unplugin";
import type { PluginOptions } from "./options.js";
import { plugin } from "./plugin.js";

export type { PluginOptions } from "./options.js";

/** For `plugins` of Bun.build, and for Bun.plugin. */
export const tilewright = createBunPlugin(plugin) as (options?: PluginOptions) => {
  readonly name: string;
  setup(build: unknown): void;
};
