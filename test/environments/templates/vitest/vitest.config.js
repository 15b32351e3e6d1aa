/** Tests of pages. */
import { tilewright } from "tilewright/vite";
import { defineConfig } from "vitest/config";

export default defineConfig({ plugins: [tilewright()], test: { environment: "jsdom" } });
