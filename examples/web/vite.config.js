/** Models are imports: nothing else has to be set. */
import { tilewright } from "tilewright/vite";
import { defineConfig } from "vite";

export default defineConfig({ plugins: [tilewright()] });
