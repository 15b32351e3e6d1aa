/** One page. */
import { tilewright } from "tilewright/bun";

const result = await Bun.build({
  entrypoints: ["main.js"],
  outdir: "dist",
  plugins: [tilewright()],
});
if (!result.success) throw new AggregateError(result.logs);
