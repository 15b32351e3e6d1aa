/** Fresh projects outside the repository: a template's files, the packed tarball, and the template's tools by npm. */
import { spawn, type ChildProcess } from "node:child_process";
import { existsSync } from "node:fs";
import { cp, mkdtemp, readFile, realpath, rm, writeFile } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { env } from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const TEMPLATES = fileURLToPath(new URL("templates", import.meta.url));

/** Nothing here takes longer but what hangs. */
const HANGS_MS = 240_000;

/** npm could not reach a registry: no fault of anybody's project. */
export class Offline extends Error {}

export interface Project {
  readonly folder: string;
  /** What a line of a shell prints, in the project's folder with its commands on the PATH. Throws with its errors. */
  run(line: string): Promise<string>;
  /** Starts a server on a free port, `$PORT` in the line, until `use` is through; `use` gets its address. */
  serve<T>(line: string, use: (origin: string) => Promise<T>): Promise<T>;
  /** Replaces text of a file. Throws where it is not there. */
  edit(file: string, from: RegExp, to: string): Promise<void>;
  /** The version of an installed package. */
  version(name: string): Promise<string>;
}

/** A folder that is removed when the process is through, by `removeFolders`. */
const folders: string[] = [];
export async function temporaryFolder(name: string): Promise<string> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), `environments-${name}-`)));
  folders.push(folder);
  return folder;
}

export async function removeFolders(): Promise<void> {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, maxRetries: 5 });
}

/**
 * The template's files and those of `shared` in a folder of their own, and all that its package.json names beside
 * the tarball. `node` is a folder whose `node` runs everything there.
 */
export async function createProject(
  template: string,
  shared: string,
  tarball: string,
  node: string | undefined,
): Promise<Project> {
  const folder = await temporaryFolder(template);
  await cp(shared, folder, { recursive: true });
  // An example of the repository is a template, too; what it built or installed where it lies is not.
  const example = join(ROOT, "examples", template);
  const from = existsSync(example) ? example : join(TEMPLATES, template);
  const filter = (path: string): boolean =>
    !/node_modules|dist|\.d\.ts$/.test(path.slice(from.length));
  await cp(from, folder, { recursive: true, filter });
  const bin = [join(folder, "node_modules", ".bin"), ...(node === undefined ? [] : [node])];
  const variables = { PATH: [...bin, env["PATH"]].join(delimiter) };
  const run = (line: string): Promise<string> => shell(line, { cwd: folder, variables });
  // By our own Node: npm of an old line hangs on a much newer one.
  await install((line) => shell(line, { cwd: folder }), `"${tarball}"`);
  return {
    folder,
    run,
    serve: (line, use) => serve(line, { cwd: folder, variables }, use),
    async edit(file, from, to) {
      const path = join(folder, file);
      const text = await readFile(path, "utf8");
      if (text.search(from) < 0) throw new Error(`${file} has no ${String(from)}`);
      await writeFile(path, text.replace(from, to));
    },
    async version(name) {
      const path = join(folder, "node_modules", name, "package.json");
      return (JSON.parse(await readFile(path, "utf8")) as { version: string }).version;
    },
  };
}

/** `npm install`, for which a network that is not there is no failure. */
async function install(run: Project["run"], packages: string): Promise<void> {
  try {
    await run(
      `npm install --save-dev --prefer-offline --no-audit --no-fund --loglevel error ${packages}`,
    );
  } catch (error) {
    const text = String(error);
    const unreachable = /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH/;
    throw unreachable.test(text) ? new Offline(text) : error;
  }
}

/** The folder of a newer Node's command, installed once for all projects of a run. */
export async function installNode(version: string): Promise<string> {
  const folder = await temporaryFolder("node");
  const name = `node-${process.platform}-${process.arch}`;
  await writeFile(join(folder, "package.json"), "{}");
  await install((line) => shell(line, { cwd: folder }), `${name}@${version}`);
  return join(folder, "node_modules", name, "bin");
}

interface ShellOptions {
  readonly cwd: string;
  readonly variables?: Readonly<Record<string, string>>;
}

function start(line: string, { cwd, variables = {} }: ShellOptions): ChildProcess {
  // What starts this command is no business of what it starts: vitest, jiti and npm set variables of their own.
  const kept = Object.entries(env).filter(([name]) => !/^(npm_|NODE_|JITI|VITEST)/i.test(name));
  const settings = { CI: "true", NO_COLOR: "1", NEXT_TELEMETRY_DISABLED: "1" };
  return spawn(line, {
    cwd,
    shell: true,
    detached: true,
    env: { ...Object.fromEntries(kept), ...settings, ...variables },
    stdio: ["ignore", "pipe", "pipe"],
  });
}

/** Collects what a process prints. */
function listen(child: ChildProcess): { stdout: string; all: string } {
  const said = { stdout: "", all: "" };
  child.stdout!.setEncoding("utf8").on("data", (text: string) => {
    said.stdout += text;
    said.all += text;
  });
  child.stderr!.setEncoding("utf8").on("data", (text: string) => (said.all += text));
  return said;
}

function end(child: ChildProcess, signal: NodeJS.Signals): void {
  try {
    // Its own group: npm, a shell and a tool are three processes.
    process.kill(-child.pid!, signal);
  } catch {
    // It has ended.
  }
}

/** Servers tidy up behind them where they are asked to end. */
async function stop(child: ChildProcess): Promise<void> {
  const closed = new Promise((resolve) => child.once("close", resolve));
  if (child.exitCode === null) {
    end(child, "SIGTERM");
    await Promise.race([closed, sleep(3000, undefined, { ref: false })]);
  }
  end(child, "SIGKILL");
}

async function shell(line: string, options: ShellOptions): Promise<string> {
  const child = start(line, options);
  const said = listen(child);
  const timer = setTimeout(() => end(child, "SIGKILL"), HANGS_MS);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", resolve);
  });
  clearTimeout(timer);
  if (code !== 0) throw new Error(`${line}\nended with ${code}\n${said.all.slice(-4000)}`);
  return said.stdout;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function serve<T>(
  line: string,
  { cwd, variables }: ShellOptions,
  use: (origin: string) => Promise<T>,
): Promise<T> {
  const port = await freePort();
  const child = start(line, { cwd, variables: { ...variables, PORT: String(port) } });
  const said = listen(child);
  const origin = `http://127.0.0.1:${port}`;
  try {
    const until = Date.now() + HANGS_MS;
    while (!(await answers(origin))) {
      if (child.exitCode !== null || Date.now() > until)
        throw new Error(`${line} serves nothing\n${said.all.slice(-4000)}`);
      await sleep(50);
    }
    return await use(origin);
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    throw new Error(`${text}\n${line} said: ${said.all.slice(-3000)}`, { cause: error });
  } finally {
    await stop(child);
  }
}

async function answers(origin: string): Promise<boolean> {
  try {
    await fetch(origin, { signal: AbortSignal.timeout(30_000) });
    return true;
  } catch {
    return false;
  }
}
