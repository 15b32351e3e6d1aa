/** What summary says of an element: the pixels that it sees. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { command } from "../support/commandLine.js";

let folder = "";
let model = "";

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "summary-"));
  model = join(folder, "m.tw");
  await writeFile(
    model,
    `model m(%x: f32[1,1,9,7]) {
  %a = conv(%x, @w) {pads=[1,1,1,1], strides=[2,1]}
  %b = pad(%x) {pads=[0,0,3,0,0,0,0,0]}
  return a = %a, b = %b
}
@w : f32[1,1,3,3] = seed 1 center 1 spread 0.5
`,
  );
});

afterAll(() => rm(folder, { recursive: true }));

describe("summary --element", () => {
  it("says which pixels of each input an element sees", async () => {
    const { code, stdout } = await command("summary", model, "--element", "a=0,0,1,0");
    expect({ code, stdout }).toEqual({ code: 0, stdout: "x: 1 to 3 × 0 to 1\n" });
    const json = await command("summary", model, "--element", "a=0,0,1,0", "--json");
    expect(JSON.parse(json.stdout)).toEqual([{ input: "x", from: [1, 0], to: [3, 1] }]);
    const none = await command("summary", model, "--element", "b=0,0,2,0");
    expect(none.stdout).toBe("nothing of any input\n");
  });

  it.each([
    ["aa=0,0,1,0", "did you mean 'a'?"],
    ["a=0,0,5,0", "0,0,5,0 is not inside 'a', f32[1,1,5,7]"],
    ["a=0,-1", "expected whole numbers such as a=0,5,10,10"],
    ["a", "expected name=value"],
  ])("refuses %s", async (element, message) => {
    const { code, stdout, stderr } = await command("summary", model, "--element", element);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain(message);
  });
});
