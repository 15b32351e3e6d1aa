/** The runtime's declarations as text, for modules that carry the few of them that they need. */
import { readdirSync, readFileSync } from "node:fs";
import { namesDeclared, namesUsed } from "./references.js";
import type { RuntimeStatement } from "./statements.js";
import { isTypes } from "./strip.js";
import { parseTypeScript, type Syntax, type SyntaxNode } from "./syntax.js";

export interface RuntimeSource {
  /** Each after what it needs to be evaluated. */
  readonly statements: readonly RuntimeStatement[];
  /** All that they declare and refer to: what declares one of these beside them would hide it. */
  readonly names: ReadonlySet<string>;
}

let reading: Promise<RuntimeSource> | undefined;

/** Reads all of it, once. */
export function readRuntime(): Promise<RuntimeSource> {
  reading ??= parseRuntime();
  return reading;
}

/** The declarations of these names and all that they need, in order. Throws a plain Error where there is no such name. */
export function runtimeParts(
  { statements }: RuntimeSource,
  names: readonly string[],
): RuntimeStatement[] {
  const byName = new Map(statements.flatMap((one) => one.names.map((name) => [name, one])));
  const needed = new Set<RuntimeStatement>();
  const waiting = names.map((name) => {
    const found = byName.get(name);
    if (found === undefined) throw new Error(`the runtime has no ${name}`);
    return found;
  });
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (needed.has(next)) continue;
    needed.add(next);
    waiting.push(...next.uses.flatMap((name) => byName.get(name) ?? []));
  }
  return statements.filter((one) => needed.has(one));
}

async function parseRuntime(): Promise<RuntimeSource> {
  const files = readdirSync(FOLDER).filter((name) => name.endsWith(".ts") && name !== "index.ts");
  const parsed = new Map<string, Syntax>();
  for (const file of files.sort())
    parsed.set(file, await parseTypeScript(readFileSync(new URL(file, FOLDER), "utf8")));
  const statements = inOrder(parsed).flatMap(statementsOf);
  const names = new Set(statements.flatMap((one) => [...one.names, ...one.uses]));
  return { statements, names };
}

/** The sources, in the package and in its repository. */
const FOLDER = new URL(
  new URL(import.meta.url).pathname.endsWith(".js") ? "../../standalone/" : "../../runtime/",
  import.meta.url,
);

/** Files after those that they import. */
function inOrder(files: ReadonlyMap<string, Syntax>): Syntax[] {
  const ordered = new Set<Syntax>();
  const visit = (name: string): void => {
    const file = files.get(name)!;
    if (ordered.has(file)) return;
    for (const { type, source } of file.statements)
      if (type === "ImportDeclaration")
        visit((source as { readonly value: string }).value.replace(/^\.\/(.*)\.js$/, "$1.ts"));
    ordered.add(file);
  };
  for (const name of files.keys()) visit(name);
  return [...ordered];
}

function statementsOf(file: Syntax): RuntimeStatement[] {
  return file.statements.flatMap((statement, i) => {
    if (statement.type === "ImportDeclaration") return [];
    const declaration = (statement["declaration"] ?? statement) as SyntaxNode;
    const from = file.statements[i - 1]?.end ?? 0;
    const comments = file.text.slice(startOfComments(file, statement, from), statement.start);
    const names = namesDeclared(declaration);
    const uses = namesUsed(declaration).filter((name) => !names.includes(name));
    const text = `${comments}${file.text.slice(declaration.start, declaration.end)}`;
    return [{ kind: "runtime", names, uses, isType: isTypes(declaration), text }];
  });
}

/** Where what is said of a statement begins; the comment that opens a file is said of that. */
function startOfComments({ comments }: Syntax, { start }: SyntaxNode, from: number): number {
  const above = comments.find((one) => one.start >= from && one.start > 0 && one.start < start);
  return above?.start ?? start;
}
