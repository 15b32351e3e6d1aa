/** What engines and pages refuse is said with what to do about it, in a real browser under a policy without WebAssembly. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { compile } from "../../compiler/compile.js";
import { writeFiles } from "../../compiler/emit/writeFiles.js";
import { parseDefinition } from "../../compiler/graph/text/parse.js";
import { findChromium, withChromium } from "./engines.js";
import { serveFolder } from "./serve.js";

const chromium = findChromium();
const browser = chromium === undefined ? "Chromium (absent: install it)" : "Chromium";

const model = parseDefinition(`model net(%x: f32[2]) {
  %y = add(%x, @w)
  return y = %y
}
@w : f32[2] = [1, 2]
`);

/** Modules by the names of their files: the target, and where weights and code lie. */
const MODULES = [
  ["plain", { target: "ts", weights: "file" }],
  ["files", { target: "wasm", weights: "file" }],
  ["inline", { target: "wasm", weights: "inline" }],
] as const;

/** What became of each line: what the model computes, or the words of the error. */
const PAGE = `
const tell = async (act) => {
  try {
    return (await act()).run({ x: new Float32Array([1, 1]) }).y.join();
  } catch (error) {
    return \`\${error.message} <- \${error.cause?.name}\`;
  }
};
const found = {};
for (const [name, line] of Object.entries(LINES)) {
  const module = await import(\`./\${line.module}.js\`);
  found[name] = await tell(() => module[line.call](...line.given));
}
const gone = new Float32Array([1, 1]);
structuredClone(gone, { transfer: [gone.buffer] });
const plain = await (await import("./plain.js")).load();
found.input = await tell(() => ({ run: () => plain.run({ x: gone }) }));
const shared = new Float32Array(new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true }).buffer, 0, 2);
shared.fill(1);
found.shared = await tell(() => ({ run: () => plain.run({ x: shared }) }));
await fetch("/result", { method: "POST", body: JSON.stringify(found) });
`;

const LINES = {
  plain: { module: "plain", call: "load", given: [] },
  files: { module: "files", call: "load", given: [] },
  inline: { module: "inline", call: "load", given: [] },
  atOnce: { module: "inline", call: "create", given: [] },
  elsewhere: { module: "plain", call: "load", given: [{ weights: "https://localhost:1/w.bin" }] },
} as const;

describe.skipIf(chromium === undefined)(browser, () => {
  let folder = "";
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "refusals-"));
    for (const [name, options] of MODULES) {
      const { files } = await compile(model, { ...options, name, standalone: true, js: true });
      await writeFiles(folder, files);
    }
    await writeFile(join(folder, "page.mjs"), `const LINES = ${JSON.stringify(LINES)};${PAGE}`);
    await writeFile(join(folder, "index.html"), '<script type="module" src="page.mjs"></script>');
  });
  afterAll(() => rm(folder, { recursive: true }));

  it("says what a policy needs, or who else has what cannot be had", async () => {
    const server = await serveFolder(folder, false);
    try {
      const page = `${server.address}/index.html`;
      const found: unknown = JSON.parse(await withChromium(chromium!, page, server.result));
      const policy = expect.stringMatching(
        /^wasm: .*: add 'wasm-unsafe-eval' to script-src, or build with --target ts \(WebAssembly.*Content Security.*\) <- CompileError$/,
      );
      expect(found).toEqual({
        ...{ plain: "2,3", files: policy, inline: policy, atOnce: policy, shared: "2,3" },
        elsewhere: expect.stringMatching(
          /^weights at https:\/\/localhost:1\/w\.bin: cannot be fetched; give it, load\(\{ weights \}\), or build with --weights inline \(Failed to fetch\) <- TypeError$/,
        ),
        input: expect.stringContaining(
          "got Float32Array of 0, whose bytes were transferred away, by postMessage or structuredClone: pass a copy",
        ),
      });
    } finally {
      server.close();
    }
  });
});
