/** Two pages below a path. */
import { tilewright } from "tilewright/vite";
import { defineConfig } from "vite";

export default defineConfig({
  base: "/sub/",
  plugins: [tilewright()],
  worker: { format: "es" },
  build: { rolldownOptions: { input: ["index.html", "worker.html"] } },
});
