/** One page. */
import { build } from "esbuild";
import { tilewright } from "tilewright/esbuild";

await build({
  entryPoints: ["main.js"],
  bundle: true,
  format: "esm",
  outdir: "dist",
  plugins: [tilewright()],
});
