/** The options that a config has are those of the command line: forms are listed apart, to be read without the compiler. */
import { expect, it } from "vitest";
import { BUILD_OPTIONS } from "../../compiler/project/buildOptions.js";
import { nameOfFlag } from "../../compiler/project/given.js";
import { MODEL_OPTIONS } from "../../compiler/project/modelOptions.js";
import { OPTION_FORMS } from "../../compiler/project/readConfig.js";

const rows = [...MODEL_OPTIONS, ...BUILD_OPTIONS].filter(
  ([usage]) => !usage.startsWith("--config"),
);

it("are all there", () => {
  const names = rows.map(([usage]) => nameOfFlag(usage));
  expect(Object.keys(OPTION_FORMS).toSorted()).toEqual([...new Set(names)].toSorted());
});

it.each(rows)("%s is written as it is there", (usage, description) => {
  const { takes } = OPTION_FORMS[nameOfFlag(usage) as keyof typeof OPTION_FORMS];
  const [, value = ""] = usage.split(" ");
  const many = description.includes("(repeatable)");
  const kinds =
    value === ""
      ? ["nothing"]
      : !many
        ? ["text"]
        : value.includes("=")
          ? ["pairs", "data"]
          : ["texts"];
  expect(kinds).toContain(takes);
});
