/** One page. */
import { nodeResolve } from "@rollup/plugin-node-resolve";
import { tilewright } from "tilewright/rollup";

export default {
  input: "main.js",
  output: { dir: "dist", format: "es" },
  plugins: [tilewright(), nodeResolve()],
};
