/**
 * Takes the types out of TypeScript, and leaves everything else as it is:
 *
 *   const x: number = y!;  =>  const x   = y ;
 */
import { childrenOf, parseTypeScript, type Syntax, type SyntaxNode } from "./syntax.js";

/** Nodes that are types from end to end. */
const TYPES: ReadonlySet<string> = new Set([
  "TSTypeAnnotation",
  "TSTypeParameterDeclaration",
  "TSTypeParameterInstantiation",
]);

const TYPE_STATEMENTS: ReadonlySet<string> = new Set([
  "TSInterfaceDeclaration",
  "TSTypeAliasDeclaration",
  "TSDeclareFunction",
  "TSModuleDeclaration",
]);

/** A part of a text. */
interface Range {
  readonly start: number;
  readonly end: number;
}

/**
 * The same program as JavaScript, with the comments of all that stays. Statements end in semicolons; throws a plain
 * Error on what is more than types (enums, parameters that are properties).
 */
export async function withoutTypes(source: string): Promise<string> {
  const syntax = await parseTypeScript(source);
  const ranges: Range[] = [];
  const visit = (node: SyntaxNode): void => {
    const erased = erasedOf(node, syntax);
    if (erased !== undefined) ranges.push(erased);
    for (const child of childrenOf(node))
      if (erased === undefined || child.start < erased.start) visit(child);
  };
  syntax.statements.forEach(visit);
  return blank(source, ranges);
}

/** Whether nothing of a statement is left at run time. */
export function isTypes({
  type,
  declaration,
  declare,
  importKind,
  exportKind,
}: SyntaxNode): boolean {
  if (type === "ExportNamedDeclaration" && declaration !== null)
    return isTypes(declaration as SyntaxNode);
  const isType = importKind === "type" || exportKind === "type";
  return TYPE_STATEMENTS.has(type) || declare === true || isType;
}

/** The part of a node that is types, if any. */
function erasedOf(node: SyntaxNode, syntax: Syntax): Range | undefined {
  const { type, start, end } = node;
  if (TYPES.has(type)) return node;
  if (isTypes(node)) return { start: docStart(syntax, node), end };
  switch (type) {
    case "TSNonNullExpression":
      return { start: end - 1, end };
    case "TSAsExpression":
      return { start: wordBefore(node, "as", syntax), end };
    case "TSSatisfiesExpression":
      return { start: wordBefore(node, "satisfies", syntax), end };
    case "Identifier":
      // `x?: number` => `?: number`
      return node["optional"] === true
        ? { start: syntax.text.indexOf("?", start), end }
        : undefined;
    default:
      if (type.startsWith("TS")) throw new Error(`${type} is more than a type`);
      return undefined;
  }
}

function wordBefore({ typeAnnotation }: SyntaxNode, word: string, { text }: Syntax): number {
  return text.lastIndexOf(word, (typeAnnotation as SyntaxNode).start - 1);
}

/** Where a statement begins with its doc comment. */
function docStart({ comments, text }: Syntax, { start }: SyntaxNode): number {
  const above = comments.findLast(({ end }) => end <= start);
  const isDoc = above?.type === "CommentBlock" && String(above["value"]).startsWith("*");
  return isDoc && text.slice(above.end, start).trim() === "" ? above.start : start;
}

function blank(source: string, ranges: readonly Range[]): string {
  const parts: string[] = [];
  let at = 0;
  for (const { start, end } of ranges.toSorted((a, b) => a.start - b.start)) {
    parts.push(source.slice(at, start), " ");
    at = end;
  }
  return parts.join("") + source.slice(at);
}
