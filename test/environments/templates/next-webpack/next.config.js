/** Models are imports for webpack, on the server and in the browser. */
import { tilewright } from "tilewright/webpack";

export default {
  webpack(config) {
    config.plugins.push(tilewright());
    return config;
  },
};
