/** Vite's dev server: modules that are made anew when something changes, and what lies beside them. */
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { ViteDevServer } from "vite";
import { expect, it } from "vitest";
import { emptyFolder } from "../support/emptyFolder.js";
import { served } from "./viteProject.js";

const { at, write } = emptyFolder();
const QUERY = "?target=wasm&wasm=file";
const NET = `model net(%x: f32[2]) {
  %y = mul(%x, @w)
  return y = %y
}
@w : f32[2] = file "w.bin" 0
`;
const weights = (...values: readonly number[]): Uint8Array =>
  new Uint8Array(new Float32Array(values).buffer);

function files(): void {
  write({
    "net.tw": NET,
    "w.bin": weights(3, 5),
    "labels.txt": "cat\ndog\n",
    "net.tilewright.json": `{ "labels": "labels.txt" }`,
    "part.ts": "export const seed = 1;\n",
    "tilewright.config.ts": `import { seed } from "./part.js";\nexport default { seed, weights: "file" };\n`,
    "main.js": `import { load } from "./net.tw${QUERY}";\nexport { load };\n`,
  });
}

const codeOf = async (server: ViteDevServer, url: string): Promise<string> =>
  (await server.environments.client.transformRequest(url))?.code ?? "";

/** The code of the module, once it is another than before. */
async function another(server: ViteDevServer, url: string, before: string): Promise<string> {
  for (const until = Date.now() + 20_000; Date.now() < until; await sleep(20)) {
    const code = await codeOf(server, url).catch((error: unknown) => String(error));
    if (code !== before) return code;
  }
  throw new Error(`${url} stays as it is`);
}

const originOf = ({ httpServer }: ViteDevServer): string =>
  `http://127.0.0.1:${(httpServer!.address() as AddressInfo).port}`;

it("serves what lies beside a module under an address of its content, below the base", async () => {
  files();
  const use = async (server: ViteDevServer): Promise<void> => {
    await server.listen();
    const origin = originOf(server);
    const code = await codeOf(server, `/net.tw${QUERY}&threads`);
    const paths = [...code.matchAll(/"(\/sub\/@tilewright\/[^"]+)"/g)].map(([, path]) => path!);
    const types = {
      wasm: "application/wasm",
      bin: "application/octet-stream",
      js: "text/javascript",
    };
    const endings = paths.map((path) => path.split(".").at(-1) as keyof typeof types);
    expect([...new Set(endings)].toSorted()).toEqual(Object.keys(types).toSorted());
    for (const [i, path] of paths.entries()) {
      const response = await fetch(origin + path);
      expect(response.status).toBe(200);
      expect(response.headers.get("content-type")).toBe(types[endings[i]!]);
      // An isolated page runs no worker without it.
      expect(response.headers.get("cross-origin-embedder-policy")).toBe("require-corp");
      const bytes = new Uint8Array(await response.arrayBuffer());
      if (endings[i] === "wasm") expect(WebAssembly.validate(bytes)).toBe(true);
      else expect(bytes.length).toBeGreaterThan(0);
    }
    const absent = await fetch(`${origin}/sub/@tilewright/0123/net.wasm`);
    expect(absent.headers.get("content-type")).not.toBe("application/wasm");
    // What is no address of ours is none of our business, however it is written.
    const [odd, plain] = ["/sub/main.js?x=%zz", "/sub/some/where/else/%E0%A4%A"].map((path) =>
      fetch(origin + path),
    );
    expect((await odd!).status).toBe(200);
    expect(await (await plain!).text()).not.toContain("viteHost");
  };
  const headers = { "Cross-Origin-Embedder-Policy": "require-corp" };
  const config = { base: "/sub/", server: { port: 0, host: "127.0.0.1", headers } };
  await served(at(), use, { options: { config: at("tilewright.config.ts") }, config });
});

it("has everything in the module on the server's side", async () => {
  files();
  await served(at(), async (server) => {
    const { load } = (await server.ssrLoadModule(`/net.tw${QUERY}`)) as {
      load(): Promise<{ run(inputs: object): { y: Float32Array } }>;
    };
    expect([...(await load()).run({ x: new Float32Array([2, 2]) }).y]).toEqual([6, 10]);
  });
});

it("makes a module anew when something changes that it is made from", async () => {
  files();
  const options = { config: at("tilewright.config.ts"), cache: at("cache") };
  // What comes from the cache is made from the same.
  await sleep(50);
  await served(at(), (server) => codeOf(server, `/net.tw${QUERY}`), { options });
  await served(
    at(),
    async (server) => {
      const url = `/net.tw${QUERY}`;
      // Vite knows what modules are made from that are imported.
      await codeOf(server, "/main.js");
      let code = await codeOf(server, url);
      expect(code).toContain(`"dog"`);
      const step = async (
        change: Readonly<Record<string, string | Uint8Array>>,
      ): Promise<string> => {
        write(change);
        return (code = await another(server, url, code));
      };
      expect(await step({ "labels.txt": "cat\nowl\n" })).toContain(`"owl"`);
      await step({ "w.bin": weights(7, 11) });
      await step({ "net.tw": NET.replace("mul", "add") });
      expect(await step({ "net.tilewright.json": "{}" })).not.toContain(`"owl"`);
      await step({
        "tilewright.config.ts": `import { seed } from "./part.js";\nexport default { seed, weights: "inline" };\n`,
      });
      expect(await step({ "part.ts": "export const seed = {};\n" })).toContain(
        "seed is not a text",
      );
      expect(await step({ "part.ts": "export const seed = 2;\n" })).toContain("load");
      const wrong = await step({ "net.tw": NET.replace("mul", "mal").replace("@w)", "@q)") });
      expect(wrong).toMatch(/net\.tw cannot be compiled[^]*mal/);
      expect(await step({ "net.tw": NET })).toContain("load");
    },
    { options },
  );
}, 60_000);
