/** One page. */
import { tilewright } from "tilewright/rolldown";

export default {
  input: "main.js",
  output: { dir: "dist" },
  plugins: [tilewright()],
};
