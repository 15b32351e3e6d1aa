/** Where answers change, the layers that are proposed to stay in f32 are those that cost the outputs, and they help. */
import { expect, it } from "vitest";
import { parseDefinition } from "../../compiler/graph/text/parse.js";
import { quantizeWith } from "../../compiler/quantize/quantize.js";
import type { Sample } from "../../compiler/quantize/samples.js";
import { meaningBuild } from "../support/meaningBuild.js";
import { createRandom } from "../support/random.js";

/** What decides is in the second channel of `a`, which one scale for both loses. */
const LOST = `model net(%x: f32[1,2,4,4]) {
  %a = conv(%x, @wa)
  %r = relu(%a)
  %b = conv(%r, @wb)
  %s = relu(%b)
  %c = conv(%s, @wc)
  return y = %c
}
@wa : f32[2,2,1,1] = [1000, 1, 0.001, 0.05]
@wb : f32[2,2,1,1] = [0.00001, 20, 0.0003, 0.1]
@wc : f32[2,2,1,1] = [1, 0.1, 0.1, 1]
`;

it("names the layer that costs the outputs most, and says what keeping it gives", async () => {
  const random = createRandom(5);
  const samples: Sample[] = Array.from({ length: 12 }, () => ({
    inputs: { x: Array.from({ length: 32 }, () => random.int(-1000, 1000) / 500) },
  }));
  const options = { equalize: false, method: "min-max" } as const;
  const { report } = await quantizeWith(meaningBuild, parseDefinition(LOST), samples, options);
  const [answers] = report.network.outputs.map(({ classes }) => classes!);
  expect(answers!.top1).toBeLessThan(0.9 * answers!.vectors);
  const { keep, cost, bytes } = report.proposal!;
  expect(keep[0]).toBe("b");
  expect(cost.outputs[0]!.classes!.top1).toBeGreaterThanOrEqual(0.99 * answers!.vectors);
  expect(bytes).not.toBe(report.bytes.quantized);
  const kept = { ...options, keep } as const;
  const again = await quantizeWith(meaningBuild, parseDefinition(LOST), samples, kept);
  expect(again.report.network.outputs).toEqual(cost.outputs);
  expect(again.report.proposal).toBeUndefined();
});
