/** What a client downloads of a built model, raw and gzipped. */
import { gzip } from "node:zlib";
import { promisify } from "node:util";
import type { CompileResult } from "../compile.js";
import { multiplyAdds } from "../analysis/multiplyAdds.js";
import type { OutputFile } from "../emit/outputFile.js";
import type { Sizes } from "./limits.js";

export interface DownloadedFile {
  readonly path: string;
  readonly bytes: number;
  /** As a server would send it; of very large files estimated from a part of them. */
  readonly gzipped: number;
}

export interface Download {
  /** Those that clients read; an engine reads one WebAssembly of two. */
  readonly files: readonly DownloadedFile[];
  readonly sizes: Sizes;
}

const compress = promisify(gzip);

/** Of files of more bytes a sixteenth is compressed: weights are the same all over. */
const LARGE = 2 ** 25;
const BLOCK = 2 ** 20;

/** Compresses every file that clients read. */
export async function downloadOf({ files, report, graph }: CompileResult): Promise<Download> {
  const read = files.filter(({ path }) => !/\.(d\.c?ts|wat)$/.test(path));
  const all = await Promise.all(
    read.map(async ({ path, content }): Promise<DownloadedFile> => {
      const bytes = bytesOf(content);
      return { path, bytes: bytes.length, gzipped: await gzippedBytes(bytes) };
    }),
  );
  const isCode = ({ path }: DownloadedFile): boolean => path.endsWith(".wasm");
  const sum = (of: "bytes" | "gzipped"): number => {
    const others = all.filter((file) => !isCode(file)).reduce((total, file) => total + file[of], 0);
    return others + Math.max(0, ...all.filter(isCode).map((file) => file[of]));
  };
  return {
    files: all,
    sizes: {
      size: sum("bytes"),
      download: sum("gzipped"),
      memory: report.constantBytes - report.overlaidBytes + report.arena.bytes,
      macs: multiplyAdds(graph).total,
    },
  };
}

function bytesOf(content: OutputFile["content"]): Uint8Array {
  return typeof content === "string" ? new TextEncoder().encode(content) : content;
}

async function gzippedBytes(bytes: Uint8Array): Promise<number> {
  if (bytes.length <= LARGE) return (await compress(bytes)).length;
  const blocks: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += 16 * BLOCK) blocks.push(bytes.subarray(at, at + BLOCK));
  const sample = Buffer.concat(blocks);
  const ratio = (await compress(sample)).length / sample.length;
  return Math.ceil(ratio * bytes.length);
}
