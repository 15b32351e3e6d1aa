/** The table of ops says of every version what ONNX itself says: opsets, attributes and their defaults, inputs. */
import { describe, expect, it } from "vitest";
import { NEWEST_OPSET } from "../../../compiler/frontend/onnx/import.js";
import type { Row } from "../../../compiler/frontend/onnx/importSite.js";
import { onnxOps } from "../../../compiler/frontend/onnx/ops.js";
import { changelog, CHANGELOG_OPSET, schemaOf } from "./changelog.js";
import { unread } from "./unread.js";

const rows = Object.entries(onnxOps);

/** A default in the words of the changelog. */
function spelled(value: unknown): string {
  if (typeof value === "boolean") return value ? "1" : "0";
  if (typeof value === "number") return String(Math.fround(value));
  return Array.isArray(value) ? `[${value.join(",")}]` : String(value);
}

/** What the row makes of an attribute that is left out; undefined where it has no default. */
function defaultOf({ schema }: Row, name: string): unknown {
  const parsed = schema.shape[name]!.safeParse(undefined);
  return parsed.success ? parsed.data : undefined;
}

describe("rows and ONNX's changelog", () => {
  it("end at the same opset", () => expect(NEWEST_OPSET).toBe(CHANGELOG_OPSET));

  it.each(rows)("%s has the same versions", (op, { versions, until }) => {
    const first = versions[0]!.since;
    const later = changelog.get(op)!.filter(({ since }) => since >= first);
    const current = later.filter(({ deprecated }) => !deprecated);
    expect(versions.map(({ since }) => since)).toEqual(current.map(({ since }) => since));
    expect(until).toBe(later.find(({ deprecated }) => deprecated)?.since);
  });

  it("rows begin at opset 7 or before, unless the op is younger", () => {
    const late = rows.filter(([op, { versions }]) => {
      const known = changelog.get(op)!.map(({ since }) => since);
      return versions[0]!.since > (known.findLast((since) => since <= 7) ?? known[0]!);
    });
    expect(late.map(([op]) => op)).toEqual([]);
  });

  it.each(rows)("%s has the same attributes", (op, { versions }) => {
    for (const { since, attributes } of versions) {
      const known = [...schemaOf(op, since).attributes.keys()];
      const expected = known.filter((name) => unread[name] === undefined);
      expect([...attributes].sort(), `opset ${since}`).toEqual(expected.sort());
    }
  });

  it.each(rows)("%s has the same defaults", (op, row) => {
    for (const { since, attributes } of row.versions) {
      const given = schemaOf(op, since).attributes;
      for (const name of attributes) {
        const own = defaultOf(row, name);
        const theirs = given.get(name)!;
        if (own === undefined || theirs === "!") continue;
        const number = Number(theirs);
        const expected = theirs === "" || Number.isNaN(number) ? theirs : spelled(number);
        expect(spelled(own), `${name} of opset ${since}`).toBe(expected);
      }
    }
  });

  it.each(rows)("%s takes as many inputs, by the newest names", (op, { inputs }) => {
    const names = inputs.map((name) => name.replace(/[?…]$/, ""));
    const most = inputs.at(-1)?.endsWith("…") === true ? Infinity : inputs.length;
    const schemas = onnxOps[op]!.versions.map(({ since }) => schemaOf(op, since));
    for (const schema of schemas) expect(schema.inputs.length).toBeLessThanOrEqual(most);
    expect(schemas.at(-1)!.inputs.map(({ name }) => name)).toEqual(names);
  });
});
