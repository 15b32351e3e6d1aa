/** Joins the runtime's files into one, for modules that must stand alone. */
import { readFileSync } from "node:fs";
import { Project, SyntaxKind } from "ts-morph";

/** Files of the runtime, each after what it imports itself, as one module of TypeScript that imports nothing. */
export function runtimeSource(parts: readonly string[]): string {
  const project = new Project({ useInMemoryFileSystem: true, skipLoadingLibFiles: true });
  const bodies = parts.map((part) => {
    const file = project.createSourceFile(`${part}.ts`, readFileSync(runtimeFile(part), "utf8"));
    for (const declaration of file.getImportDeclarations()) declaration.remove();
    const [opening] = file.getStatementsWithComments();
    const isComment = opening?.getKind() === SyntaxKind.MultiLineCommentTrivia;
    return (isComment ? file.getFullText().slice(opening.getEnd()) : file.getFullText()).trim();
  });
  return `/** The runtime of Tilewright, copied beside the module that uses it. */\n\n${bodies.join("\n\n")}\n`;
}

/** The package carries the runtime's sources beside the compiler, built or not. */
function runtimeFile(part: string): URL {
  const built = new URL(import.meta.url).pathname.endsWith(".js");
  return new URL(`${built ? "../../../" : "../../"}runtime/${part}.ts`, import.meta.url);
}
