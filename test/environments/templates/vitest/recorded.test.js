/** Compares the network with its outputs as they were recorded. */
import { expect, it } from "vitest";
import "tilewright/vitest";

it("reproduces its outputs", async () => {
  await expect("recorded").toReproduceOutputs();
});
