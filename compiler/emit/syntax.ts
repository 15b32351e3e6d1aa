/** Reads TypeScript as a tree, by the parser that formats it later anyway: no other compiler has to be installed. */

/** A node of Babel's tree. Offsets are of characters; other fields are the node's own, nodes and lists of them among these. */
export interface SyntaxNode {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [field: string]: unknown;
}

export interface Syntax {
  readonly text: string;
  /** Top-level statements. */
  readonly statements: readonly SyntaxNode[];
  /** In order. */
  readonly comments: readonly SyntaxNode[];
}

/** Throws what the parser throws on what is no TypeScript. */
export async function parseTypeScript(text: string): Promise<Syntax> {
  const { parsers } = await import("prettier/plugins/babel");
  const file = (await parsers["babel-ts"].parse(text, {} as never)) as {
    readonly program: { readonly body: readonly SyntaxNode[] };
    readonly comments: readonly SyntaxNode[];
  };
  return { text, statements: file.program.body, comments: file.comments };
}

/** The nodes right below one, in no order to rely on. */
export function childrenOf(node: SyntaxNode): SyntaxNode[] {
  return Object.values(node).flatMap((field) => nodesIn(field));
}

/** A field that holds a node, several of them or none. */
export function nodesIn(field: unknown): SyntaxNode[] {
  if (Array.isArray(field)) return field.flatMap(nodesIn);
  return typeof field === "object" && field !== null && "type" in field && "start" in field
    ? [field as SyntaxNode]
    : [];
}
