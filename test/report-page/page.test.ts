/** A page is one file that nothing of a model can break out of, and in which nothing else runs. */
import { createHash } from "node:crypto";
import { beforeAll, describe, expect, it } from "vitest";
import { parseDefinition } from "../../compiler/graph/text/parse.js";
import type { ReportData } from "../../compiler/report-page/data.js";
import { gatherReport } from "../../compiler/report-page/gather.js";
import { isReportOf, reportPage } from "../../compiler/report-page/page.js";
import { shown } from "../../compiler/report-page/text.js";
import { HOSTILE, HOSTILE_NAMES } from "./models.js";

let data: ReportData;
let page = "";

beforeAll(async () => {
  ({ data } = await gatherReport(parseDefinition(HOSTILE), {}));
  page = await reportPage(data);
});

const between = (open: string, close: string): string =>
  page.slice(page.indexOf(open) + open.length, page.indexOf(close, page.indexOf(open)));
const hash = (text: string): string =>
  `'sha256-${createHash("sha256").update(text).digest("base64")}'`;

describe("a page", () => {
  it("allows its own script and style, by their hashes, and no request", () => {
    const policy = between(`<meta http-equiv="Content-Security-Policy" content="`, `">`);
    const [script, style] = [between("<script>", "</script>"), between("<style>", "</style>")];
    const unescaped = policy.replaceAll("&#39;", "'");
    expect(unescaped.split("; ")).toEqual([
      "default-src 'none'",
      `script-src ${hash(script)}`,
      `style-src ${hash(style)}`,
      "img-src data:",
      "base-uri 'none'",
      "form-action 'none'",
    ]);
    expect(page).not.toMatch(/https?:\/\/(?!www\.w3\.org\/2000\/svg)/);
    expect(script).not.toMatch(
      /\beval\(|new Function|innerHTML|document\.write|insertAdjacentHTML/,
    );
  });

  it("holds the data as they are, with nothing that ends a script", () => {
    const text = between(`<script type="application/json" id="data">`, "</script>");
    expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(data)));
    expect(text).not.toMatch(/[<>\u2028\u2029]/);
    expect(page.match(/<script/g)).toHaveLength(2);
    expect(page.match(/<\/title>/g)).toHaveLength(1);
  });

  it("is known again by the model's name", () => {
    const bytes = new TextEncoder().encode(page);
    expect(isReportOf(bytes, data.model)).toBe(true);
    expect(isReportOf(bytes, "another")).toBe(false);
    expect(isReportOf(new TextEncoder().encode("<p>"), data.model)).toBe(false);
  });
});

describe("shown", () => {
  it.each(HOSTILE_NAMES)("makes what is invisible visible, and is short: %#", (name) => {
    const text = shown(name, 60);
    expect(text.length).toBeLessThanOrEqual(60);
    expect(text).not.toMatch(/[\u0000-\u001f\u2028-\u202e\u2066-\u2069\u200f]/);
  });
});
