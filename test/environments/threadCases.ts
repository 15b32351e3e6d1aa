/** What is tried of modules of several threads: whether workers start where a tool puts what they run. */
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { prepare, withPage, type At, type Case } from "./cases.js";
import { ISOLATED, policy, serveSite } from "./site.js";
import { DEV } from "./viteCases.js";
import { PLUGIN_THREADS, THREADS, THREADS_SOURCE, type Way } from "./ways.js";

const LOAD = "await load()";
const THREADED = "(globalThis.network = await load({ threads: 2 }))";
/** How many threads there are once they have started, or have not for ten seconds. */
const ALL_THREADS = `(async () => {
  for (let i = 0; i < 1000 && network.threads < 2; i++) await new Promise((go) => setTimeout(go, 10));
  return network.threads;
})()`;
const literally = (text: string): RegExp => new RegExp(text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));

/** Lets the page keep its network where it can be asked, until `use` is through. */
async function keepingNetwork<T>(
  { project }: At,
  use: () => Promise<T>,
  file = "main.js",
): Promise<T> {
  await project.edit(file, literally(LOAD), THREADED);
  try {
    return await use();
  } finally {
    await project.edit(file, literally(THREADED), LOAD);
  }
}

/** What a page shows whose network runs on two threads, waited for and not. */
function shownByThreads(at: At, address: string): Promise<string> {
  return withPage(at, address, async (page) => {
    const text = await page.output();
    const threads = await page.evaluate(ALL_THREADS);
    if (threads !== 2) throw new Error(`the network runs on ${String(threads)} threads`);
    const image = "new Float32Array(784).fill(0.5)";
    const same = await page.evaluate(
      `network.runAsync({ image: ${image} }).then(({ logits }) =>
        logits.join() === network.run({ image: ${image} }).logits.join())`,
    );
    if (same !== true) throw new Error("a run that is not waited for computes something else");
    return text;
  });
}

function isolatedPage(title: string, way: Way, folder: string, build?: string): Case {
  return {
    title: `${title}, ${way.title}`,
    inBrowser: true,
    async run(at) {
      await prepare(at, way, ["main.js"]);
      return keepingNetwork(at, async () => {
        const built = join(at.project.folder, folder);
        if (build !== undefined) {
          await rm(built, { recursive: true, force: true });
          await at.project.run(build);
        }
        const csp = `${policy(true)}; worker-src 'self'`;
        return serveSite(built, { base: "/sub/", csp, headers: ISOLATED }, async (address) => [
          await shownByThreads(at, `${address}index.html`),
        ]);
      });
    },
  };
}

const built = (way: Way): Case => isolatedPage("page", way, "dist", "npm run build");

/** By a plugin that emits files. */
export const plugin: Case = built(PLUGIN_THREADS);

export const webpack: readonly Case[] = [built(THREADS), plugin];

export const unbundled: Case = isolatedPage("page", THREADS, ".");

const dev: Case = {
  title: `dev server, ${PLUGIN_THREADS.title}`,
  inBrowser: true,
  async run(at) {
    const { edit, serve } = at.project;
    await prepare(at, PLUGIN_THREADS, ["main.js"]);
    const headers = `server: { headers: ${JSON.stringify(ISOLATED)} },`;
    await edit("vite.config.js", /plugins:/, `${headers} plugins:`);
    try {
      return await keepingNetwork(at, () =>
        serve(DEV, async (origin) => [await shownByThreads(at, `${origin}/sub/index.html`)]),
      );
    } finally {
      await edit("vite.config.js", literally(headers), "");
    }
  },
};

export const vite: readonly Case[] = [built(THREADS_SOURCE), plugin, dev];

/** A program that ends by itself, with its workers. */
export const program = (line: string, file = "main.js"): Case => ({
  title: `program, ${THREADS.title}`,
  async run(at) {
    await prepare(at, THREADS, [file]);
    const check = `if ((await ${ALL_THREADS}) !== 2) throw new Error();\n`;
    return keepingNetwork(
      at,
      async () => {
        await at.project.edit(file, /$/, check);
        const text = await at.project.run(line);
        await at.project.edit(file, literally(check), "");
        return [text];
      },
      file,
    );
  },
});
