/** Counts the modules that a test file compiles by their SIMD, says so, and fails where relaxed SIMD is asked for and not used. */
import { env, versions } from "node:process";
import { afterAll, expect } from "vitest";

const counts = { plain: 0, relaxed: 0 };

/** f32x4.relaxed_madd and relaxed_nmadd. */
const FUSED = [Buffer.from([0xfd, 0x85, 0x02]), Buffer.from([0xfd, 0x86, 0x02])];

/** Other modules there are: the assembler. */
const isOurs = (module: WebAssembly.Module): boolean =>
  WebAssembly.Module.exports(module).some(({ name }) => name === "run");

function count(module: WebAssembly.Module, bytes: BufferSource): WebAssembly.Module {
  const view = ArrayBuffer.isView(bytes) ? bytes : new Uint8Array(bytes);
  const code = Buffer.from(view.buffer, view.byteOffset, view.byteLength);
  const fused = FUSED.some((instruction) => code.includes(instruction));
  if (isOurs(module)) counts[fused ? "relaxed" : "plain"]++;
  return module;
}

const { Module, compile } = WebAssembly;
WebAssembly.Module = new Proxy(Module, {
  construct: (original, [bytes]: [BufferSource]) => count(new original(bytes), bytes),
});
WebAssembly.compile = async (bytes: BufferSource) => count(await compile(bytes), bytes);

afterAll(() => {
  // The next file of this process counts its own.
  Object.assign(WebAssembly, { Module, compile });
  const { plain, relaxed } = counts;
  if (plain + relaxed === 0) return;
  console.log(`${relaxed} modules with fused multiply-add and ${plain} without, V8 ${versions.v8}`);
  if (env["TILEWRIGHT_SIMD"] === "relaxed") expect(relaxed, "modules that fuse").not.toBe(0);
});
