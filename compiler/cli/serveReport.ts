/** `report --serve`: the page on this machine alone, made again whenever something changes that the model is made from. */
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { resolve } from "node:path";
import { formatProblem, MOST_PROBLEMS } from "../base/error.js";
import { failOnFile } from "../base/fileError.js";
import { openFiles, type Files } from "../project/files.js";
import type { ReportData } from "../report-page/data.js";
import { reportPage } from "../report-page/page.js";
import { explainProblems } from "./explain.js";
import { problemsOf } from "./problems.js";
import type { Streams } from "./verb.js";
import { watchFiles } from "./watchFiles.js";

const HOST = "127.0.0.1";

/** What browsers are told: of which version the page is, and what keeps the model from compiling. */
interface Shown {
  readonly version: number;
  readonly page: string;
  readonly problems: readonly string[];
}

/**
 * Serves until the process is told to end. `make`: the report, noting every file that it reads. Throws CompileError
 * `usage` where the port cannot be had.
 */
export async function serveReport(
  model: string,
  port: number,
  make: (files: Files) => Promise<ReportData>,
  streams: Streams,
): Promise<number> {
  const ended = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => ended.abort());
  const live = new Set<ServerResponse>();
  let shown: Shown = { version: 0, page: await reportPage(undefined, { live: 0 }), problems: [] };
  const update = async (files: Files): Promise<void> => {
    const version = shown.version + 1;
    try {
      const page = await reportPage(await make(files), { live: version });
      shown = { version, page, problems: [] };
    } catch (error) {
      explainProblems(error, streams, model);
      const problems = problemsOf(error).slice(0, MOST_PROBLEMS).map(formatProblem);
      // The last good page stays.
      shown = { ...shown, problems };
    }
    for (const response of live) tell(response, shown);
  };
  const server = createServer((request, response) => answer(request, response, () => shown, live));
  server.listen(port, HOST);
  try {
    await once(server, "listening");
  } catch (error) {
    failOnFile(error, `cannot serve on ${HOST}:${port}`);
  }
  const { port: actual } = server.address() as AddressInfo;
  const watch = watchFiles();
  streams.stdout(`http://${HOST}:${actual}/\n`);
  while (!ended.signal.aborted) {
    const [files, begun] = [openFiles(), Date.now()];
    await update(files);
    watch.add(
      [model, ...files.read].map((path) => resolve(path)),
      begun,
    );
    streams.stderr("watching for changes\n");
    await watch.next(ended.signal);
  }
  server.closeAllConnections();
  server.close();
  return 0;
}

function answer(
  { method, url, headers }: IncomingMessage,
  response: ServerResponse,
  shown: () => Shown,
  live: Set<ServerResponse>,
): void {
  const type = "text/html; charset=utf-8";
  const refuse = (status: number): void => void response.writeHead(status).end();
  // A page elsewhere may have this address under a name of its own.
  if (!/^(127\.0\.0\.1|localhost)(:\d+)?$/.test(headers.host ?? "")) return refuse(403);
  if (method !== "GET") return refuse(405);
  if (url === "/") {
    response.writeHead(200, { "content-type": type, "cache-control": "no-store" });
    response.end(shown().page);
  } else if (url === "/events") {
    response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" });
    live.add(response);
    response.on("close", () => void live.delete(response));
    tell(response, shown());
  } else refuse(404);
}

function tell(response: ServerResponse, { version, problems }: Shown): void {
  response.write(`data: ${JSON.stringify({ version, problems })}\n\n`);
}
