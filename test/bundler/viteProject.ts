/** Projects for Vite with the plugin of this checkout: built in memory, or served. */
import { once } from "node:events";
import { build, createServer, type Rollup, type UserConfig, type ViteDevServer } from "vite";
import type { PluginOptions } from "../../compiler/bundler/options.js";
import { tilewright } from "../../compiler/bundler/vite.js";

interface Given {
  readonly options?: PluginOptions;
  readonly config?: UserConfig;
}

/** The runtime is where the package has it; here are its sources. */
export const runtimeSource = {
  name: "runtime-source",
  enforce: "pre" as const,
  load: (id: string): string | undefined =>
    /\/runtime\/index\.js$/.test(id)
      ? `export * from ${JSON.stringify(id.replace(/js$/, "ts"))};`
      : undefined,
};

function configOf(root: string, { options, config = {} }: Given): UserConfig {
  return {
    ...{ root, configFile: false, logLevel: "silent" },
    ...config,
    plugins: [runtimeSource, tilewright({ config: false, cache: false, ...options })],
  };
}

/** The chunks and assets of a project whose entry is `main.js`. */
export async function built(
  root: string,
  given: Given = {},
): Promise<readonly (Rollup.OutputChunk | Rollup.OutputAsset)[]> {
  const { config = {}, ...more } = given;
  const output = await build(
    configOf(root, {
      ...more,
      config: {
        ...config,
        build: {
          ...{ write: false, minify: false, modulePreload: false, target: "es2022" },
          rollupOptions: { input: `${root}/main.js`, preserveEntrySignatures: "strict" },
          ...config.build,
        },
      },
    }),
  );
  return (output as Rollup.RollupOutput).output;
}

/** A dev server while it is used. */
export async function served<T>(
  root: string,
  use: (server: ViteDevServer) => Promise<T>,
  given: Given = {},
): Promise<T> {
  const server = await createServer(
    configOf(root, { ...given, config: { server: { port: 0, ws: false }, ...given.config } }),
  );
  try {
    // What changes before is not seen.
    await once(server.watcher, "ready");
    return await use(server);
  } finally {
    await server.close();
  }
}
