/** Reads the digits in a test. */
const { load } = require("./models/lenet5.cjs");
const { readDigits } = require("./digits.cjs");

test("reads digits", async () => {
  const logits = readDigits(await load());
  expect(logits).toMatch(/^\[\[/);
  require("node:fs").writeFileSync("logits.json", logits);
});
