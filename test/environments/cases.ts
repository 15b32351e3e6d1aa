/** What is tried in an environment: ways to the same network, in pages and in programs. */
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Browser, Page } from "./browser.js";
import type { Project } from "./project.js";
import { policy, serveSite } from "./site.js";
import type { Way } from "./ways.js";

/** What a case has at hand. */
export interface At {
  readonly project: Project;
  /** Absent only where a case does not ask for it. */
  readonly browser: Browser;
}

export interface Case {
  readonly title: string;
  /** Needs a browser: skipped, and counted, where there is none. */
  readonly inBrowser?: boolean;
  /** Gives what `readDigits` gave, each time that it was used. Throws where something else failed. */
  run(at: At): Promise<readonly string[]>;
}

/** Builds ahead where the way says so, and lets the files import what was built. */
export async function prepare(
  { project }: At,
  { build, from }: Way,
  files: readonly string[],
): Promise<void> {
  await rm(join(project.folder, "models"), { recursive: true, force: true });
  if (build !== undefined)
    await project.run(`tilewright build lenet5.onnx ${build} --out-dir models`);
  for (const file of files)
    await project.edit(
      file,
      /"((?:\.{1,2}\/)+)[\w/]*(?:lenet5|digits\.model)\.[^"]*"/,
      `"$1${from}"`,
    );
}

/** Opens a page until `use` is through. */
export async function withPage<T>(
  { browser }: Pick<At, "browser">,
  address: string,
  use: (page: Page) => Promise<T>,
): Promise<T> {
  const page = await browser.open(address);
  try {
    return await use(page);
  } finally {
    await page.close();
  }
}

/** What a page shows. */
export const shown = (browser: Browser, address: string): Promise<string> =>
  withPage({ browser }, address, (page) => page.output());

interface Pages {
  /** Source files that import the network. */
  readonly files?: readonly string[];
  readonly pages?: readonly string[];
  /** Of a tool that writes scripts into the page itself. */
  readonly inlineScripts?: boolean;
}

/** `npm run build`, served below a path under a policy that lets nothing in from elsewhere. */
export function builtPage(
  way: Way,
  { files = ["main.js"], pages = ["index.html"], inlineScripts = false }: Pages = {},
): Case {
  return {
    title: `page, ${way.title}`,
    inBrowser: true,
    async run(at) {
      await prepare(at, way, files);
      const folder = join(at.project.folder, "dist");
      await rm(folder, { recursive: true, force: true });
      await at.project.run("npm run build");
      return serveSite(
        folder,
        { base: "/sub/", csp: policy(way.wasm, inlineScripts) },
        async (address) => {
          const texts: string[] = [];
          for (const page of pages) texts.push(await shown(at.browser, `${address}${page}`));
          return texts;
        },
      );
    },
  };
}

/** Pages of a server that is started by a line of a shell. */
export function servedPage(
  title: string,
  way: Way,
  line: string,
  { files = ["main.js"], pages = ["index.html"] }: Pages = {},
): Case {
  return {
    title: `${title}, ${way.title}`,
    inBrowser: true,
    async run(at) {
      await prepare(at, way, files);
      return at.project.serve(line, async (origin) => {
        const texts: string[] = [];
        for (const page of pages) texts.push(await shown(at.browser, `${origin}/${page}`));
        return texts;
      });
    },
  };
}

/** What a server answers that is started by a line of a shell. */
export function fetched(title: string, way: Way, line: string, file: string): Case {
  return {
    title: `${title}, ${way.title}`,
    async run(at) {
      await prepare(at, way, [file]);
      return at.project.serve(line, async (origin) => [await (await fetch(origin)).text()]);
    },
  };
}

/** `npm test`, whose test leaves in a file what `readDigits` gave. */
export function tested(way: Way): Case {
  return {
    title: `test, ${way.title}`,
    async run(at) {
      await prepare(at, way, ["lenet5.test.js"]);
      await at.project.run("npm test -- lenet5.test.js");
      return [await readFile(join(at.project.folder, "logits.json"), "utf8")];
    },
  };
}

/** A line of a shell that prints what `readDigits` gave. */
export function program(title: string, way: Way, line: string, file = "main.js"): Case {
  return {
    title: `${title}, ${way.title}`,
    async run(at) {
      await prepare(at, way, [file]);
      return [await at.project.run(line)];
    },
  };
}
