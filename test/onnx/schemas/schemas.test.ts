/** Every version of every row of the table of ops, by models of one node, on onnxruntime-web. */
import { afterAll, describe, expect, it, vi } from "vitest";
import { onnxOps } from "../../../compiler/frontend/onnx/ops.js";
import { createRandom } from "../../support/random.js";
import { schemaOf, type Schema } from "./changelog.js";
import { inChains } from "./chains.js";
import { exceptionOf, exceptions, type Exception } from "./exceptions.js";
import { judge, type Judgement } from "./judge.js";
import { drawNodeCase, titleOf, type NodeCase } from "./nodeCase.js";
import { unread } from "./unread.js";

// Thousands of modules are emitted: that they are laid out for people is looked at elsewhere.
vi.mock("prettier", () => ({ format: (source: string) => Promise.resolve(source) }));

/** TILEWRIGHT_SCHEMA_CASES=40 draws more models of each version. */
const CASES = Number(process.env["TILEWRIGHT_SCHEMA_CASES"] ?? 4);

/** So many draws must have shown everything that a version has. */
const MOST_DRAWS = 120;

/** What of a version there is to be seen: its attributes, and its optional inputs there and absent. */
function featuresOf({ attributes, inputs, outputs }: Schema): Set<string> {
  const optional = inputs.filter(({ kind }) => kind === "optional");
  return new Set([
    "a case",
    ...[...attributes.keys()].filter((name) => unread[name] === undefined),
    ...optional.flatMap(({ name }) => [name, `no ${name}`]),
    ...outputs.slice(0, 1).map(({ name }) => name),
  ]);
}

function featuresIn({ attributes, inputs }: NodeCase, schema: Schema): string[] {
  return [
    "a case",
    ...Object.keys(attributes),
    ...schema.inputs.map(({ name }, i) => (inputs[i] === undefined ? `no ${name}` : name)),
    ...schema.outputs.slice(0, 1).map(({ name }) => name),
  ];
}

/** Some cases, and more until every feature has been seen. */
function casesOf(op: string, since: number): { cases: NodeCase[]; unseen: string[] } {
  const schema = schemaOf(op, since);
  const unseen = featuresOf(schema);
  const cases: NodeCase[] = [];
  for (let seed = 0; seed < MOST_DRAWS && (seed < CASES || unseen.size > 0); seed++) {
    const one = drawNodeCase(createRandom(since * 1000 + seed), op, since);
    const shown = featuresIn(one, schema).filter((feature) => unseen.delete(feature));
    if (seed < CASES || shown.length > 0) cases.push(one);
  }
  return { cases, unseen: [...unseen] };
}

/** Whether some case of an exception still goes its way; they are drawn until one does. */
async function stillHolds(exception: Exception): Promise<boolean> {
  let cases: NodeCase[] = [];
  for (let seed = 0; seed < 5000; seed++) {
    const random = createRandom(seed);
    const op = random.pick(exception.ops);
    const one = drawNodeCase(random, op, random.pick(onnxOps[op]!.versions).since);
    if (exceptionOf(one) === exception) cases.push(one);
    if (cases.length < 10) continue;
    const judgements = await judge(cases);
    if (judgements.some(({ verdict }) => verdict !== "agrees")) return true;
    cases = [];
  }
  return false;
}

const needed = new Set<Exception>();
const counts = { versions: 0, cases: 0, excepted: 0 };

/** What is wrong with a judgement; undefined where it is as it should be. */
function wrong({ one, verdict, detail, off, instead }: Judgement): string | undefined {
  const exception = exceptionOf(one);
  const { how, off: most = Infinity } = exception ?? {};
  if (verdict !== "agrees" && exception !== undefined) needed.add(exception);
  if (exception !== undefined) counts.excepted++;
  const said = `${titleOf(one)}: ${verdict}, expected ${how ?? "agrees"}: ${detail}`;
  switch (how) {
    case undefined:
      return verdict === "agrees" ? undefined : said;
    case "zeros":
      return verdict === "agrees" || verdict === "zeros" ? undefined : said;
    case "differs":
      return verdict !== "unsupported" && (verdict === "refused" || off <= most) ? undefined : said;
    case "unsupported":
      return verdict === "unsupported" ? undefined : said;
    case "refused": {
      if (verdict !== "refused") return said;
      const holds =
        instead!.verdict === "agrees" ||
        instead!.verdict === "zeros" ||
        instead!.off <= (exception!.off ?? 0);
      return holds ? undefined : `${titleOf(one)}: in other words ${instead!.detail}`;
    }
    default:
      return how satisfies never;
  }
}

describe("versions of ops agree with onnxruntime-web", () => {
  it.each(Object.entries(onnxOps).filter(([op]) => !inChains.has(op)))(
    "%s",
    async (op, { versions }) => {
      const drawn = versions.map(({ since }) => ({ since, ...casesOf(op, since) }));
      const unseen = drawn.flatMap(({ since, unseen }) =>
        unseen.map((name) => `${op} ${since}: ${name}`),
      );
      expect(unseen, "never drawn").toEqual([]);
      const judgements = await judge(drawn.flatMap(({ cases }) => cases));
      counts.versions += versions.length;
      counts.cases += judgements.length;
      expect(judgements.map(wrong).filter((one) => one !== undefined)).toEqual([]);
    },
    120_000,
  );

  it("every exception is needed", async () => {
    const idle: string[] = [];
    for (const exception of exceptions) {
      if (needed.has(exception) || (await stillHolds(exception))) continue;
      idle.push(`${exception.ops.join(" ")}: ${exception.reason}`);
    }
    expect(idle).toEqual([]);
  }, 240_000);

  afterAll(() => {
    console.log(
      `${counts.cases} models of ${counts.versions} versions of ops; ${counts.excepted} are excepted by ${exceptions.length} reasons`,
    );
  });
});
