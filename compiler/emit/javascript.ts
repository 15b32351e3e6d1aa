/** Turns emitted TypeScript into JavaScript and its declarations. */
import { ts } from "ts-morph";

const OPTIONS = {
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.ESNext,
  verbatimModuleSyntax: true,
  isolatedDeclarations: true,
  declaration: true,
} as const;

/** The same program without types, comments kept. */
export function toJavaScript(source: string): string {
  return ts.transpileModule(source, { compilerOptions: OPTIONS }).outputText;
}

/** The types of what a source exports; every export must state its type. */
export function toDeclarations(source: string): string {
  const { outputText, diagnostics = [] } = ts.transpileDeclaration(source, {
    compilerOptions: OPTIONS,
    fileName: "module.ts",
  });
  if (diagnostics.length > 0) {
    const messages = diagnostics.map(({ messageText }) =>
      ts.flattenDiagnosticMessageText(messageText, " "),
    );
    throw new Error(`declarations: ${messages.join("; ")}`);
  }
  return outputText;
}
