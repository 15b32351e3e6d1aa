/** One page. */
import { tilewright } from "tilewright/webpack";

export default {
  mode: "production",
  entry: "./main.js",
  plugins: [tilewright()],
};
