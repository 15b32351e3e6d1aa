/** Models are imports: nothing but the pages has to be named. */
import { tilewright } from "tilewright/vite";
import { defineConfig } from "vite";

export default defineConfig({
  plugins: [tilewright()],
  build: { rollupOptions: { input: ["index.html", "picture.html", "camera.html"] } },
});
