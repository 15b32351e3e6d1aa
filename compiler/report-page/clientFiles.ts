/** The page's own script and style, bundled: in the package by its build, in its repository when they are first asked for. */
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

export interface ClientFiles {
  readonly script: string;
  readonly style: string;
}

let reading: Promise<ClientFiles> | undefined;

export function clientFiles(): Promise<ClientFiles> {
  reading ??= import.meta.url.endsWith(".js") ? readBuilt() : bundleClient();
  return reading;
}

const at = (path: string): URL => new URL(path, import.meta.url);

async function readBuilt(): Promise<ClientFiles> {
  const [script, style] = await Promise.all(
    ["./client.js", "./client.css"].map((path) => readFile(at(path), "utf8")),
  );
  return { script: script!, style: style! };
}

/** From the sources, by a bundler that only whoever develops this has. */
export async function bundleClient(): Promise<ClientFiles> {
  const { rolldown } = await import("rolldown");
  const bundle = await rolldown({
    input: fileURLToPath(at("./client/main.ts")),
    platform: "browser",
  });
  const { output } = await bundle.generate({ format: "iife", minify: true });
  await bundle.close();
  // A script element ends where its text says so.
  const notice =
    "/* with dagre and graphlib, (c) 2012-2014 Chris Pettitt and contributors, MIT licence */\n";
  const script = `${notice}${output[0].code}`
    .replaceAll("</script", "<\\/script")
    .replaceAll("<!--", "<\\!--");
  const style = await readFile(at("./client/style.css"), "utf8");
  return { script, style: style.replace(/\s*\n\s*/g, "\n") };
}
