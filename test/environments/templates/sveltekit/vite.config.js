/** An application for Node. */
import adapter from "@sveltejs/adapter-node";
import { sveltekit } from "@sveltejs/kit/vite";
import { tilewright } from "tilewright/vite";
import { defineConfig } from "vite";

export default defineConfig({ plugins: [tilewright(), sveltekit({ adapter: adapter() })] });
