/** The page of a report: one HTML file that asks nobody for anything, and in which nothing runs but its own script. */
import { createHash } from "node:crypto";
import { clientFiles } from "./clientFiles.js";
import type { ReportData } from "./data.js";
import { shown } from "./text.js";

/** What else a page may do that is served: hear of changes. */
export interface Served {
  readonly live: true;
}

export async function reportPage(data: ReportData, served?: Served): Promise<string> {
  const { script, style } = await clientFiles();
  const connect = served === undefined ? [] : ["connect-src 'self'"];
  const policy = [
    "default-src 'none'",
    `script-src '${hashOf(script)}'`,
    `style-src '${hashOf(style)}'`,
    "img-src data:",
    ...connect,
    "base-uri 'none'",
    "form-action 'none'",
  ].join("; ");
  const head = [
    `<meta charset="utf-8">`,
    `<meta http-equiv="Content-Security-Policy" content="${escaped(policy)}">`,
    `<meta name="viewport" content="width=device-width">`,
    `<meta name="referrer" content="no-referrer">`,
    `<title>${escaped(titleOf(data))}</title>`,
    `<style>${style}</style>`,
  ];
  const body = [
    `<noscript>This page is drawn by its own script, which is not allowed to run here.</noscript>`,
    `<script type="application/json" id="data"${served === undefined ? "" : " data-live"}>${jsonInScript(data)}</script>`,
    `<script>${script}</script>`,
  ];
  const lines = [
    "<!doctype html>",
    `<html lang="en">`,
    "<head>",
    ...head,
    "</head>",
    "<body>",
    ...body,
  ];
  return `${lines.join("\n")}\n</body>\n</html>\n`;
}

/** The title of a page and a drawing: what tells a report of a model from other files, so that a newer one may replace it. */
export function titleOf({ model }: Pick<ReportData, "model">): string {
  return `Tilewright report of ${shown(model, 100)}`;
}

/** Whether a file is a report of the model of this name. */
export function isReportOf(bytes: Uint8Array, model: string): boolean {
  const start = new TextDecoder().decode(bytes.subarray(0, 4096));
  return start.includes(`>${escaped(titleOf({ model }))}<`);
}

function hashOf(text: string): string {
  return `sha256-${createHash("sha256").update(text).digest("base64")}`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

const escaped = (text: string): string => text.replace(/[&<>"']/g, (c) => ENTITIES[c]!);

/** JSON in which nothing ends a script element, opens a comment, or ends a line unasked. */
function jsonInScript(data: ReportData): string {
  return JSON.stringify(data).replace(
    /[<>&\u2028\u2029]/g,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
