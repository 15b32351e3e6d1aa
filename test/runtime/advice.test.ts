/** Words of engines and hosts become what to do, the error itself stays at hand, and bytes are bytes in every realm. */
import { createContext, runInContext } from "node:vm";
import { afterEach, describe, expect, it, vi } from "vitest";
import {
  allocate,
  beside,
  bytesOf,
  compileWasm,
  constantMemory,
  createMemory,
  hashBytes,
  loadWasm,
  loadWeights,
  writeInputs,
} from "../../runtime/index.js";

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

/** The least module there is. */
const bytes = Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0);
const code = [{ bytes: bytes.length, hash: hashBytes(bytes), id: "" }];

const CSP = /^wasm: .* add 'wasm-unsafe-eval' to script-src, or build with --target ts \(/;
const IMPORTED = /^wasm: .* import the \.wasm as a module and pass it, load\(\{ wasm \}\)/;

/** As engines say it. */
const REFUSED: readonly (readonly [engine: string, said: string, words: RegExp])[] = [
  [
    "Chromium",
    `WebAssembly.compile(): Refused to compile or instantiate WebAssembly module because 'unsafe-eval' is not an allowed source of script in the following Content Security Policy directive: "script-src 'self'"`,
    CSP,
  ],
  ["Firefox", "call to WebAssembly.compile() blocked by CSP", CSP],
  [
    "Safari",
    `Refused to create a WebAssembly object because 'unsafe-eval' or 'wasm-unsafe-eval' is not an allowed source of script in the following Content Security Policy directive: "script-src 'self'".`,
    CSP,
  ],
  ["workerd", "WebAssembly.compile(): Wasm code generation disallowed by embedder", IMPORTED],
];

describe.each(REFUSED)("what %s refuses to compile", (_, said, words) => {
  const refusal = new WebAssembly.CompileError(said);
  const explained = { message: expect.stringMatching(words) as string, cause: refusal };
  const throwIt = function (): never {
    throw refusal;
  };

  it("is explained where it is waited for", async () => {
    const compile = vi.spyOn(WebAssembly, "compile");
    compile.mockRejectedValueOnce(refusal);
    await expect(loadWasm(bytes, code)).rejects.toMatchObject(explained);
    compile.mockImplementationOnce(throwIt);
    await expect(loadWasm(bytes, code)).rejects.toMatchObject(explained);
  });

  it("is explained where it is not", () => {
    vi.spyOn(WebAssembly, "Module").mockImplementationOnce(throwIt);
    expect(() => compileWasm(bytes, code)).toThrow(expect.objectContaining(explained));
  });
});

it("what is wrong with the code itself is left as it is", async () => {
  const broken = Uint8Array.of(...bytes, 99);
  const part = [{ bytes: broken.length, hash: hashBytes(broken), id: "" }];
  await expect(loadWasm(broken, part)).rejects.toThrow(WebAssembly.CompileError);
  expect(() => compileWasm(broken, part)).toThrow(WebAssembly.CompileError);
});

describe("a file that cannot be had", () => {
  const GIVE = String.raw`give it, load\(\{ weights \}\), or build with --weights inline`;

  it.each([
    ["/_next/static/media/net.weights.bin", "Failed to parse URL from /_next/"],
    ["http://127.0.0.1:1/net.weights.bin", "fetch failed"],
    ["file:///no/such/net.weights.bin", "ENOENT"],
  ])("is named with another way, %s", async (address, said) => {
    const failed = await loadWeights(address, 4).catch((error: unknown) => error as Error);
    const { message, cause } = failed as Error;
    expect(message).toMatch(
      new RegExp(`^weights at ${address}: cannot be (fetched|read); ${GIVE} \\(.*${said}`),
    );
    expect((cause as Error).message).toContain(said);
  });

  it("says how tests leave a simulated page", async () => {
    vi.stubGlobal("document", {});
    await expect(loadWeights("http://127.0.0.1:1/w.bin", 4)).rejects.toThrow(
      /--weights inline; in tests with a simulated page, \/\/ @vitest-environment node \(/,
    );
  });

  it("has no address where modules have none", () => {
    expect(beside("wasm", () => new URL("./x", "https://a/b")).href).toBe("https://a/x");
    expect(() => beside("wasm", () => new URL("./net.wasm", undefined))).toThrow(
      /^wasm: modules have no address here; give it, load\(\{ wasm \}\), or build with --wasm inline \(Invalid URL/,
    );
  });

  it("is not explained where it is not wanted any more", async () => {
    const signal = AbortSignal.timeout(1);
    const stopped = loadWeights("http://127.0.0.1:1/w.bin", 4, { signal: AbortSignal.abort() });
    await expect(stopped).rejects.toMatchObject({ name: "AbortError" });
    await new Promise((resolve) => signal.addEventListener("abort", resolve));
    await expect(loadWeights("http://127.0.0.1:1/w", 4, { signal })).rejects.toMatchObject({
      name: "TimeoutError",
    });
  });
});

describe("memory that there is none of", () => {
  it("is said in megabytes", () => {
    expect(() => allocate(2 ** 50)).toThrow(
      /^memory: the engine has no 1073741824 MB for the model; .* \(Array buffer allocation failed\)$/,
    );
    const none = new RangeError("WebAssembly.Memory(): could not allocate memory");
    vi.spyOn(WebAssembly, "Memory").mockImplementationOnce(function () {
      throw none;
    });
    expect(() => createMemory(32)).toThrow(
      expect.objectContaining({ message: expect.stringMatching(/no 2 MB/) as string, cause: none }),
    );
  });
});

describe("bytes", () => {
  const gone = (): Uint8Array => {
    const bytes = new Uint8Array(4);
    structuredClone(bytes, { transfer: [bytes.buffer] });
    return bytes;
  };
  const AWAY = /^weights: its bytes were transferred away, by postMessage or structuredClone/;
  const part = { bytes: 4, hash: "" };

  it.each([
    ["an array", gone],
    ["a buffer", () => gone().buffer as ArrayBuffer],
  ])("that were transferred away are missed, %s", async (_, make) => {
    await expect(loadWeights(make(), 4)).rejects.toThrow(AWAY);
    expect(() => constantMemory(make(), part)).toThrow(AWAY);
    await expect(loadWasm(make(), code)).rejects.toThrow(/^wasm: its bytes were transferred away/);
  });

  it("are missed as inputs, too", () => {
    const spec = { name: "x", type: "u8", shape: [4], length: 4, offset: 0 } as const;
    expect(() => writeInputs({ x: gone() }, [spec], allocate(16))).toThrow(
      /got Uint8Array of 0, whose bytes were transferred away/,
    );
    const photo = { ...spec, shape: [1, 1, 4] };
    const x = { data: gone(), width: 1, height: 1 };
    expect(() => writeInputs({ x }, [photo], allocate(16))).toThrow(
      /must have 4 bytes, 4 a pixel, got 0 bytes, whose bytes were transferred away/,
    );
    expect(() => writeInputs({ x: new Uint8Array(0) }, [spec], allocate(16))).toThrow(
      /got Uint8Array of 0$/,
    );
  });

  it("are taken of any array and realm, shared ones too", async () => {
    const others = runInContext(
      "[new Uint8Array([1, 2, 3, 4]), new Uint8Array([1, 2, 3, 4]).buffer]",
      createContext(),
    ) as readonly (Uint8Array | ArrayBuffer)[];
    const shared = new SharedArrayBuffer(4);
    new Uint8Array(shared).set([1, 2, 3, 4]);
    const words = Int32Array.of(0, 0x04030201).subarray(1) as never;
    for (const given of [...others, shared as never, new DataView(shared) as never, words]) {
      expect([...(await loadWeights(given, 4))]).toEqual([1, 2, 3, 4]);
      expect([...bytesOf("weights", given)]).toEqual([1, 2, 3, 4]);
    }
  });
});
