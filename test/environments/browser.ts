/** A Chromium without a window, told what to do through pipes in DevTools' own protocol. */
import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable, Writable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { CHROMIUM_FLAGS } from "../engines/engines.js";

type Values = Readonly<Record<string, unknown>>;

interface Message {
  readonly id?: number;
  readonly sessionId?: string;
  readonly method?: string;
  readonly params?: Values;
  readonly result?: Values;
  readonly error?: { readonly message: string };
}

export interface Browser {
  readonly version: string;
  open(address: string): Promise<Page>;
  /** An extension's folder, unpacked; gives its id. */
  loadExtension(folder: string): Promise<string>;
  close(): Promise<void>;
}

export interface Page {
  /** What the page made of an expression. Throws where it throws. */
  evaluate(expression: string): Promise<unknown>;
  /** The first text that an expression gives and that is neither empty nor `before`. Throws with what the page complained of. */
  text(expression: string, before?: string): Promise<string>;
  /** The text of the page's `<output>` once it is another than `before`. */
  output(before?: string): Promise<string>;
  /** Presses and lets go of a key by its name: `Tab`, `ArrowDown`, `a`. */
  press(key: string, modifiers?: number): Promise<void>;
  /** What the page complained of so far: exceptions, errors of the console, what its policy refused. */
  readonly complaints: readonly string[];
  /** Addresses that it asked for, its own first. */
  readonly requests: readonly string[];
  /** Sides of the window, and whether the system is dark. */
  show(width: number, height: number, dark: boolean): Promise<void>;
  /** What is seen, as a PNG. */
  picture(): Promise<Uint8Array>;
  /** Presses the left button at the first point, moves through all, and lets go. */
  draw(points: readonly (readonly [number, number])[]): Promise<void>;
  close(): Promise<void>;
}

const WAIT_MS = 20_000;

export async function startBrowser(chromium: string): Promise<Browser> {
  const profile = await mkdtemp(join(tmpdir(), "chromium-"));
  const pipes = ["--remote-debugging-pipe", "--enable-unsafe-extension-debugging"];
  const camera = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"];
  const flags = [...CHROMIUM_FLAGS, ...pipes, ...camera, `--user-data-dir=${profile}`];
  const child = spawn(chromium, flags, {
    stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"],
    detached: true,
  });
  const closed = new Promise<void>((resolve) => child.once("close", () => resolve()));
  const send = connect(child.stdio[3] as Writable, child.stdio[4] as Readable);
  const { product } = await send("Browser.getVersion");
  return {
    version: String(product).split("/").at(-1)!,
    open: (address) => openPage(send, address),
    async loadExtension(path) {
      return (await send("Extensions.loadUnpacked", { path }))["id"] as string;
    },
    async close() {
      // Its own group: a browser is many processes.
      process.kill(-child.pid!, "SIGKILL");
      await closed;
      await rm(profile, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

interface Send {
  (method: string, params?: Values, sessionId?: string): Promise<Values>;
  /** Calls `listener` with all that a session tells unasked. */
  listen(sessionId: string, listener: (method: string, params: Values) => void): void;
}

/** Messages are JSON with a zero after each. */
function connect(to: Writable, from: Readable): Send {
  const waiting = new Map<number, (message: Message) => void>();
  const listeners = new Map<string, (method: string, params: Values) => void>();
  let [count, text] = [0, ""];
  from.setEncoding("utf8").on("data", (chunk: string) => {
    const messages = (text + chunk).split("\0");
    text = messages.pop()!;
    for (const message of messages.map((one) => JSON.parse(one) as Message)) {
      if (message.id !== undefined) waiting.get(message.id)?.(message);
      else listeners.get(message.sessionId ?? "")?.(message.method!, message.params ?? {});
    }
  });
  const send = async (method: string, params: Values = {}, sessionId?: string): Promise<Values> => {
    const id = ++count;
    const answer = new Promise<Message>((resolve) => waiting.set(id, resolve));
    const session = sessionId === undefined ? {} : { sessionId };
    to.write(`${JSON.stringify({ id, method, params, ...session })}\0`);
    const { result, error } = await answer;
    waiting.delete(id);
    if (error !== undefined) throw new Error(`${method}: ${error.message}`);
    return result ?? {};
  };
  return Object.assign(send, { listen: listeners.set.bind(listeners) });
}

async function openPage(send: Send, address: string): Promise<Page> {
  const { targetId } = await send("Target.createTarget", { url: "about:blank" });
  const attached = await send("Target.attachToTarget", { targetId, flatten: true });
  const session = attached["sessionId"] as string;
  const [complaints, requests]: [string[], string[]] = [[], []];
  send.listen(session, (method, params) => {
    const complaint = complaintOf(method, params);
    if (complaint !== undefined) complaints.push(complaint);
    if (method === "Network.requestWillBeSent")
      requests.push((params["request"] as { readonly url: string }).url);
  });
  for (const domain of ["Page", "Runtime", "Log", "Network"])
    await send(`${domain}.enable`, {}, session);
  await send("Page.navigate", { url: address }, session);
  const evaluate = async (expression: string): Promise<unknown> => {
    const options = { expression, awaitPromise: true, returnByValue: true };
    const { result, exceptionDetails } = await send("Runtime.evaluate", options, session);
    if (exceptionDetails !== undefined) throw new Error(JSON.stringify(exceptionDetails));
    return (result as { readonly value?: unknown }).value;
  };
  const text = async (expression: string, before = ""): Promise<string> => {
    for (const until = Date.now() + WAIT_MS; Date.now() < until; await sleep(50)) {
      // While the page is on its way to another there is no document.
      const found = await evaluate(`String(${expression} ?? "")`).catch(() => "");
      if (found !== "" && found !== before) return found as string;
    }
    throw new Error(`the page showed nothing new; it said: ${complaints.join("\n") || "nothing"}`);
  };
  const mouse = (type: string, [x, y]: readonly [number, number]): Promise<Values> =>
    send(
      "Input.dispatchMouseEvent",
      { type, x, y, button: "left", buttons: 1, clickCount: 1 },
      session,
    );
  return {
    evaluate,
    text,
    output: (before) => text(`document.querySelector("output")?.textContent`, before),
    complaints,
    requests,
    ...keysAndPictures((method, params) => send(method, params, session)),
    async draw(points) {
      await mouse("mousePressed", points[0]!);
      for (const point of points) await mouse("mouseMoved", point);
      await mouse("mouseReleased", points.at(-1)!);
    },
    async close() {
      await send("Target.closeTarget", { targetId });
    },
  };
}

/** Codes of keys that are no letters; those of others are their capitals'. */
const KEYS: Readonly<Record<string, number>> = {
  ...{ Tab: 9, Enter: 13, Escape: 27, End: 35, Home: 36 },
  ...{ ArrowLeft: 37, ArrowUp: 38, ArrowRight: 39, ArrowDown: 40 },
};

function keysAndPictures(
  send: (method: string, params: Values) => Promise<Values>,
): Pick<Page, "press" | "show" | "picture"> {
  return {
    async press(key, modifiers = 0) {
      const code = KEYS[key] ?? key.toUpperCase().charCodeAt(0);
      const text = key === "Enter" ? "\r" : key.length === 1 ? key : "";
      const event = { key, windowsVirtualKeyCode: code, modifiers };
      const down = text === "" ? { type: "rawKeyDown" } : { type: "keyDown", text };
      await send("Input.dispatchKeyEvent", { ...down, ...event });
      await send("Input.dispatchKeyEvent", { type: "keyUp", ...event });
    },
    async show(width, height, dark) {
      const size = { width, height, deviceScaleFactor: 1, mobile: false };
      await send("Emulation.setDeviceMetricsOverride", size);
      const value = dark ? "dark" : "light";
      const features = [{ name: "prefers-color-scheme", value }];
      await send("Emulation.setEmulatedMedia", { features });
    },
    async picture() {
      const { data } = await send("Page.captureScreenshot", { format: "png" });
      return Buffer.from(data as string, "base64");
    },
  };
}

/** What a page's console has in red. */
function complaintOf(method: string, params: Values): string | undefined {
  if (method === "Runtime.exceptionThrown") {
    const details = params["exceptionDetails"] as {
      readonly text: string;
      readonly exception?: { readonly description?: string };
    };
    return details.exception?.description ?? details.text;
  }
  if (method === "Runtime.consoleAPICalled" && params["type"] === "error")
    return (params["args"] as readonly Values[])
      .map((one) => String(one["value"] ?? one["description"]))
      .join(" ");
  const entry = params["entry"] as { readonly level: string; readonly text: string } | undefined;
  return method === "Log.entryAdded" && entry?.level === "error" ? entry.text : undefined;
}
