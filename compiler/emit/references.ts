/** Which names a statement declares, and which of others' it refers to. */
import { childrenOf, nodesIn, type SyntaxNode } from "./syntax.js";

/** Fields that hold a name which refers to nothing, unless it is computed. */
const KEYS: Readonly<Record<string, string>> = {
  MemberExpression: "property",
  OptionalMemberExpression: "property",
  ObjectProperty: "key",
  ObjectMethod: "key",
  ClassMethod: "key",
  ClassProperty: "key",
  TSPropertySignature: "key",
  TSMethodSignature: "key",
  TSQualifiedName: "right",
  TSNamedTupleMember: "label",
};

/** The names that a top-level statement declares. */
export function namesDeclared(statement: SyntaxNode): string[] {
  const { declarations, id } = statement;
  if (declarations === undefined) return nodesIn(id).map(nameOf);
  return nodesIn(declarations).flatMap((one) => patternNames(one["id"]));
}

/** Names of values and types that a statement refers to and does not declare in any place of it. */
export function namesUsed(statement: SyntaxNode): string[] {
  const mentioned = new Set<string>();
  const declared = new Set<string>();
  const visit = (node: SyntaxNode): void => {
    if (node.type === "Identifier") mentioned.add(nameOf(node));
    for (const name of localsOf(node)) declared.add(name);
    const key = node["computed"] === true ? undefined : node[KEYS[node.type] ?? ""];
    for (const child of childrenOf(node)) if (child !== key) visit(child);
  };
  visit(statement);
  return [...mentioned].filter((name) => !declared.has(name));
}

/** The names that a node itself declares for what is in it or beside it. */
function localsOf(node: SyntaxNode): string[] {
  switch (node.type) {
    case "VariableDeclarator":
    case "FunctionDeclaration":
    case "TSDeclareFunction":
    case "TSInterfaceDeclaration":
    case "TSTypeAliasDeclaration":
      return [...patternNames(node["id"]), ...patternNames(node["params"])];
    case "CatchClause":
      return patternNames(node["param"]);
    case "TSTypeParameter":
      return typeof node["name"] === "string" ? [node["name"]] : patternNames(node["name"]);
    default:
      return [...patternNames(node["params"]), ...patternNames(node["parameters"])];
  }
}

/** Of parameters and of what is declared: `{ a, b: [c] }` => a, c. */
function patternNames(field: unknown): string[] {
  return nodesIn(field).flatMap((node) => {
    switch (node.type) {
      case "Identifier":
        return [nameOf(node)];
      case "ObjectPattern":
        return patternNames(node["properties"]);
      case "ObjectProperty":
        return patternNames(node["value"]);
      case "ArrayPattern":
        return patternNames(node["elements"]);
      case "AssignmentPattern":
        return patternNames(node["left"]);
      case "RestElement":
        return patternNames(node["argument"]);
      default:
        return [];
    }
  });
}

const nameOf = ({ name }: SyntaxNode): string => name as string;
