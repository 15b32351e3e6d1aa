/** `report --serve` as a process: this machine alone sees it, changes show at once, problems leave the page, Ctrl-C ends it. */
import { readFileSync } from "node:fs";
import { networkInterfaces } from "node:os";
import { get, request } from "node:http";
import { connect } from "node:net";
import { afterEach, expect, it } from "vitest";
import { startCommand, type RunningCommand } from "../support/commandProcess.js";
import { emptyFolder } from "../support/emptyFolder.js";
import { expectWithin } from "../support/timeLimits.js";

const { at, write } = emptyFolder();
const running: RunningCommand[] = [];
afterEach(async () => {
  for (const command of running.splice(0)) await command.end("SIGKILL");
});

const text = (op: string): string =>
  `model net(%x: f32[1,2,4,4]) {\n  %y = ${op}(%x)\n  return y = %y\n}\n`;

interface News {
  readonly version: number;
  readonly problems: readonly string[];
}

/** What a page would hear, one after the other. */
function listen(origin: string): { next(): Promise<News> } {
  const [heard, waiting]: [News[], ((news: News) => void)[]] = [[], []];
  get(`${origin}events`, (response) =>
    response.setEncoding("utf8").on("data", (chunk: string) => {
      for (const [, news] of chunk.matchAll(/^data: (.*)$/gm)) {
        const parsed = JSON.parse(news!) as News;
        const first = waiting.shift();
        if (first === undefined) heard.push(parsed);
        else first(parsed);
      }
    }),
  ).on("error", () => undefined);
  return {
    next: async () => heard.shift() ?? new Promise<News>((resolve) => waiting.push(resolve)),
  };
}

const page = async (origin: string): Promise<string> => (await fetch(origin)).text();

function status(origin: string, method: string, path: string, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const asked = request(`${origin}${path}`, { method, headers: { host } }, (response) => {
      resolve(response.statusCode!);
      response.destroy();
    });
    asked.on("error", reject).end();
  });
}

it("shows changes and problems, to this machine alone, until it is told to end", async () => {
  write({ "net.tw": text("relu") });
  const command = await startCommand(at(), "report", "net.tw", "--serve");
  running.push(command);
  const said = await command.says(/watching for changes/);
  const [origin, port] = /http:\/\/127\.0\.0\.1:(\d+)\//.exec(said) as unknown as [string, string];
  const news = listen(origin);
  expect(await news.next()).toEqual({ version: 1, problems: [] });
  const first = await page(origin);
  expect(first).toContain(`data-live="1"`);
  expect(first).toContain("connect-src &#39;self&#39;");

  write({ "net.tw": text("tanh") });
  expect(await news.next()).toEqual({ version: 2, problems: [] });
  expect(await page(origin)).toContain(`"op":"tanh"`);

  write({ "net.tw": text("nothing").replace("y = %y", "y = %z") });
  const { version, problems } = await news.next();
  expect(version).toBe(2);
  expect(problems.join("\n")).toMatch(/unknown-op[^]*unknown-operand/);
  expect(await page(origin)).toContain(`"op":"tanh"`);
  expect(await command.says(/watching/)).toContain("net.tw: [unknown-op]");

  write({ "net.tw": text("sigmoid") });
  expect(await news.next()).toEqual({ version: 3, problems: [] });

  // A name that leads here from elsewhere, other methods, other paths.
  expect(await status(origin, "GET", "", "example.com")).toBe(403);
  expect(await status(origin, "GET", "", "127.0.0.1.example.com")).toBe(403);
  expect(await status(origin, "POST", "", `127.0.0.1:${port}`)).toBe(405);
  expect(await status(origin, "GET", "net.tw", `127.0.0.1:${port}`)).toBe(404);
  const others = Object.values(networkInterfaces())
    .flatMap((all) => all ?? [])
    .filter(({ internal, family }) => !internal && family === "IPv4");
  for (const { address } of others) {
    const refused = await new Promise<boolean>((resolve) => {
      const socket = connect(Number(port), address, () => resolve(false));
      socket.on("error", () => resolve(true));
      socket.on("close", () => socket.destroy());
    });
    expect(refused, address).toBe(true);
  }

  expect(await command.end("SIGINT")).toEqual({ code: 0, signal: null });
  running.pop();
});

it("shows LeNet-5 within a second of a change, and what files beside it and the config say", async () => {
  const lenet = readFileSync(new URL("../../examples/lenet5/model.ts", import.meta.url), "utf8");
  const options = readFileSync(new URL("../../examples/options.ts", import.meta.url), "utf8");
  write({ "lenet5/model.ts": lenet, "options.ts": options });
  const command = await startCommand(at(), "report", "lenet5/model.ts", "--serve");
  running.push(command);
  const said = await command.says(/watching for changes/);
  const [origin] = /http:\S+/.exec(said) as unknown as [string];
  const news = listen(origin);
  expect(await news.next()).toEqual({ version: 1, problems: [] });
  let version = 1;
  await expectWithin(1000, async () => {
    const size = 28 + 4 * version;
    write({
      "lenet5/model.ts": lenet
        .replace("outChannels: c(6)", `outChannels: c(${size})`)
        .replace("inChannels: c(6)", `inChannels: c(${size})`),
    });
    const begun = performance.now();
    expect(await news.next()).toEqual({ version: ++version, problems: [] });
    const ms = performance.now() - begun;
    expect(await page(origin)).toContain(`"dims":[1,${size},28,28]`);
    return ms;
  });

  expect(await page(origin)).toContain(`"target":"ts"`);
  write({ "lenet5/model.tilewright.json": `{ "target": "wasm" }` });
  expect(await news.next()).toEqual({ version: ++version, problems: [] });
  expect(await page(origin)).toContain(`"target":"wasm"`);
  write({
    "tilewright.config.json": `{ "models": [{ "model": "lenet5/model.ts", "winograd": "of" }] }`,
  });
  const { problems } = await news.next();
  expect(problems.join()).toContain("--winograd must be off");
  expect(await page(origin)).toContain(`"target":"wasm"`);
});

it("waits for a model that does not compile yet, and refuses a port that is taken", async () => {
  write({ "net.tw": "model net(" });
  const command = await startCommand(at(), "report", "net.tw", "--serve");
  running.push(command);
  const said = await command.says(/watching for changes/);
  const [origin, port] = /http:\/\/127\.0\.0\.1:(\d+)\//.exec(said) as unknown as [string, string];
  const news = listen(origin);
  expect((await news.next()).problems.join()).toContain("[syntax]");
  expect(await page(origin)).toContain(">null</script>");
  const second = await startCommand(at(), "report", "net.tw", "--serve", "--port", port);
  expect(await second.end()).toEqual({ code: 2, signal: null });
  write({ "net.tw": text("relu") });
  expect(await news.next()).toEqual({ version: 1, problems: [] });
});
