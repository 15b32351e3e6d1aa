/** A module whose memory no engine can make is refused before it is assembled. */
import { describe, expect, it } from "vitest";
import { printModule } from "../../../compiler/targets/wasm/module.js";

const input = { functions: [], calls: [], constantBytes: 2 ** 32 - 2 ** 16 };

describe("the memory of a module", () => {
  it("may have all pages that there are", () => {
    const { memory } = printModule({ ...input, arenaBytes: 2 ** 16 }, "plain");
    expect(memory.pages).toBe(2 ** 16);
  });

  it("may not have more, whatever takes them", () => {
    const tooLarge = /65537 pages of 64 KiB: the most are 65536/;
    expect(() => printModule({ ...input, arenaBytes: 2 ** 16 + 1 }, "plain")).toThrow(tooLarge);
    expect(() => printModule({ ...input, arenaBytes: 2 ** 16 }, "plain", 64)).toThrow(tooLarge);
  });
});
