/** One page. */
import { tilewright } from "tilewright/rspack";

export default {
  mode: "production",
  entry: "./main.js",
  plugins: [tilewright()],
};
