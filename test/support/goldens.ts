/** Tests that a folder of golden files calls for: each holds, and of every rule of every pass they show both sides. */
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { formatGolden, parseGolden, type Outcome, type Section } from "./goldenFile.js";

/** A pass with the names of its rules. */
export interface Ruled {
  readonly name: string;
  readonly rules: readonly string[];
}

/**
 * Runs every section of the files in `folder`, with `-u` rewriting what is expected. A file that no pass has, a section
 * about no rule, and a rule without a near miss fail.
 */
export function testGoldens<Pass extends Ruled>(
  folder: string,
  passes: readonly Pass[],
  run: (pass: Pass, section: Section) => Outcome,
): void {
  const files = readdirSync(folder).map((name) => ({
    name,
    path: `${folder}${name}`,
    golden: parseGolden(readFileSync(`${folder}${name}`, "utf8")),
  }));

  const runSection = (pass: Pass, section: Section): Outcome => {
    try {
      const outcome = run(pass, section);
      const fired = (outcome.fired.get(section.rule) ?? 0) > 0;
      expect(fired, `${section.rule} fires`).toBe(!section.not);
      return outcome;
    } catch (error) {
      throw new Error(`in section '${section.title}'`, { cause: error });
    }
  };

  describe.each(files)("$name", ({ name, path, golden }) => {
    it("holds", async () => {
      const pass = passes.find((one) => one.name === golden.pass);
      if (pass === undefined) throw new Error(`there is no pass '${golden.pass}'`);
      expect(name.split(".")[0], "the file is called as its pass").toBe(pass.name);
      const outcomes = golden.sections.map((section) => runSection(pass, section));
      await expect(formatGolden(golden, outcomes)).toMatchFileSnapshot(path);
    });
  });

  describe.each(passes)("the goldens of $name", ({ name, rules }) => {
    const sections = files
      .filter(({ golden }) => golden.pass === name)
      .flatMap(({ golden }) => golden.sections);

    it.each(rules)("show %s fire, and show where it does not", (rule) => {
      const about = sections.filter((section) => section.rule === rule);
      expect(about.some((section) => !section.not)).toBe(true);
      expect(about.some((section) => section.not)).toBe(true);
    });

    it("are about rules that exist", () => {
      expect(sections.filter((section) => !rules.includes(section.rule))).toEqual([]);
    });
  });
}
