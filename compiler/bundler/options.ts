/** What the plugin is told where a bundler is configured. */
import type { ProjectConfig } from "../project/config.js";

export interface PluginOptions extends Omit<ProjectConfig, "models"> {
  /** A config other than the tilewright.config of the project's folder; false: none. */
  readonly config?: string | false;
  /** Where compiled models are kept; node_modules/.cache/tilewright by default. false: nowhere. */
  readonly cache?: string | false;
  /** Whether declarations are written beside the models; by default where there is a tsconfig.json. */
  readonly types?: boolean;
}
