/** Two pages below a path. */
import { defineConfig } from "vite";

export default defineConfig({
  base: "/sub/",
  worker: { format: "es" },
  build: { rolldownOptions: { input: ["index.html", "worker.html"] } },
});
