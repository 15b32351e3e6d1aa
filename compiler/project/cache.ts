/** Keeps what was made from files for as long as the files are the same: no content, no name and no time is trusted. */
import { createHash, randomBytes } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { VERSION } from "../base/version.js";

/** What was made, and the files that decide what it is. */
export interface Made<T> {
  /** As JSON can write it. */
  readonly value: T;
  readonly files: readonly CachedFile[];
  /** Absolute paths, also of files that are not there but would count if they were. */
  readonly dependencies: readonly string[];
  /** Whether the dependencies are all that it depends on; what is not closed is never kept. */
  readonly closed: boolean;
}

export interface CachedFile {
  readonly path: string;
  readonly content: string | Uint8Array;
}

/** A folder of entries; whatever is wrong with one, it is made again. */
export interface Cache {
  /** What is kept under a key whose dependencies are what they were, or what `make` makes. */
  get<T>(key: unknown, make: () => Promise<Made<T>>): Promise<Made<T>>;
}

/** Remembers nothing. */
export const NO_CACHE: Cache = { get: (_key, make) => make() };

interface Entry {
  readonly value: unknown;
  readonly dependencies: readonly { readonly path: string; readonly hash: string }[];
  readonly files: readonly {
    readonly path: string;
    readonly text: boolean;
    readonly hash: string;
  }[];
}

/** Most entries that are kept; those that were not used for longest go. */
const MOST_ENTRIES = 100;

/** Names of entries, and of those that are being written: whatever else lies in the folder is not ours. */
const ENTRY = /^[0-9a-f]{32}(\.\d+\.[0-9a-f]{8}\.tmp)?$/;

/** Systems date changes by a clock that is some milliseconds behind. */
const CLOCK_MS = 10;

export function openCache(folder: string): Cache {
  return {
    async get(key, make) {
      const name = sha256(JSON.stringify([compilerHash(), key])).slice(0, 32);
      const place = join(resolve(folder), name);
      const kept = readEntry(place);
      if (kept !== undefined) return kept as Made<never>;
      const begun = Date.now();
      const made = await make();
      // What was written meanwhile may be newer than what was read.
      const settled = !made.dependencies.some((path) => changedSince(path, begun));
      if (made.closed && settled) writeEntry(place, made);
      return made;
    },
  };
}

/** A text of JSON below its own hash. */
const sealed = (text: string): string => `${sha256(text)}\n${text}`;

function unsealed(text: string): unknown {
  const json = text.slice(text.indexOf("\n") + 1);
  if (sealed(json) !== text) throw new Error("the entry is damaged");
  return JSON.parse(json);
}

function readEntry(place: string): Made<unknown> | undefined {
  try {
    const text = readFileSync(join(place, "entry.json"), "utf8");
    const { value, dependencies, files } = unsealed(text) as Entry;
    if (dependencies.some(({ path, hash }) => hashOfFile(path) !== hash)) return undefined;
    const contents = files.map(({ path, text, hash }, i): CachedFile => {
      const bytes = readFileSync(join(place, String(i)));
      if (sha256(bytes) !== hash) throw new Error(`${place} is damaged`);
      return { path, content: text ? bytes.toString("utf8") : bytes };
    });
    utimesSync(place, new Date(), new Date());
    return {
      value,
      files: contents,
      dependencies: dependencies.map(({ path }) => path),
      closed: true,
    };
  } catch {
    return undefined;
  }
}

/** Beside its place first: nobody reads half of it. A disk that is full or closed keeps nothing. */
function writeEntry(place: string, { value, files, dependencies }: Made<unknown>): void {
  const waiting = `${place}.${process.pid}.${randomBytes(4).toString("hex")}.tmp`;
  const contents = files.map(({ content }) =>
    typeof content === "string" ? Buffer.from(content) : content,
  );
  const entry: Entry = {
    value,
    dependencies: dependencies.map((path) => ({ path, hash: hashOfFile(path) })),
    files: files.map(({ path, content }, i) => ({
      path,
      text: typeof content === "string",
      hash: sha256(contents[i]!),
    })),
  };
  try {
    mkdirSync(waiting, { recursive: true });
    contents.forEach((content, i) => writeFileSync(join(waiting, String(i)), content));
    writeFileSync(join(waiting, "entry.json"), sealed(JSON.stringify(entry)));
    rmSync(place, { recursive: true, force: true });
    renameSync(waiting, place);
    sweep(join(place, ".."));
  } catch {
    if (existsSync(waiting)) rmSync(waiting, { recursive: true, force: true });
  }
}

function sweep(folder: string): void {
  const names = readdirSync(folder).filter((name) => ENTRY.test(name));
  const entries = names.map((name) => join(folder, name));
  if (entries.length <= MOST_ENTRIES) return;
  const oldest = entries
    .map((path) => ({ path, time: statSync(path).mtimeMs }))
    .sort((a, b) => a.time - b.time);
  for (const { path } of oldest.slice(0, entries.length - MOST_ENTRIES))
    rmSync(path, { recursive: true, force: true });
}

/** Whether a file was changed, or put in its place, at a time or later, or just before it; what is none was not. */
export function changedSince(path: string, time: number): boolean {
  const stats = statSync(path, { throwIfNoEntry: false });
  // Of all times only this one cannot be set.
  return stats !== undefined && stats.ctimeMs >= time - CLOCK_MS;
}

/** The hash of a file's bytes; of what is no file, "none". */
function hashOfFile(path: string): string {
  try {
    return sha256(readFileSync(path));
  } catch {
    return "none";
  }
}

function sha256(content: string | Uint8Array): string {
  return createHash("sha256").update(content).digest("hex");
}

let compiler: string | undefined;

/** Version, and names, sizes and times of the compiler's files: one that is being worked on has one version only. */
function compilerHash(): string {
  compiler ??= sha256(
    JSON.stringify([
      VERSION,
      process.versions.node.split(".")[0],
      ...filesBelow(fileURLToPath(new URL("..", import.meta.url))),
    ]),
  );
  return compiler;
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((one) => one.isFile())
    .map(({ parentPath, name }) => {
      const path = join(parentPath, name);
      const { size, mtimeMs } = statSync(path);
      return `${path} ${size} ${mtimeMs}`;
    })
    .sort();
}
