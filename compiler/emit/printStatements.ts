/** Prints the statements of a module: as TypeScript, as CommonJS with types in it, and as declarations. */
import { printLiteral, printLiteralType } from "./literals.js";
import type {
  FunctionStatement,
  ImportStatement,
  InterfaceStatement,
  Parameter,
  Signature,
  Statement,
} from "./statements.js";

/** TypeScript whose types erase to ES modules; not formatted, but for empty lines. */
export function printTypeScript(statements: readonly Statement[]): string {
  return joined(statements, (one) => {
    if (one.kind !== "import") return `${isExported(one) ? "export " : ""}${printWhole(one)}`;
    const word = one.isType ? "import type" : "import";
    return `${word} { ${one.names.join(", ")} } from "${one.from}";`;
  });
}

/** The same for Node's `require`: CommonJS where its types are erased. */
export function printCommonJs(statements: readonly Statement[]): string {
  const text = joined(statements, (one) => {
    if (one.kind === "interface") return "";
    if (one.kind !== "import") return printWhole(one);
    return one.isType ? "" : `const { ${one.names.join(", ")} } = require("${one.from}");`;
  });
  const exported = statements.flatMap((one) =>
    isExported(one) && one.kind !== "interface" ? [one.name] : [],
  );
  return `"use strict";\n\n${text}\n\nmodule.exports = { ${exported.join(", ")} };\n`;
}

/** The types of what a module exports, and those that they refer to. */
export function printDeclarations(statements: readonly Statement[]): string {
  const seen = namesSeen(statements);
  const text = joined(statements, (one) => {
    switch (one.kind) {
      case "import":
        return printTypeImport(one, seen);
      case "interface":
        return `export ${printInterface(one)}`;
      case "function":
        return one.isExported === true
          ? `export declare function ${printSignature(one, true)};`
          : "";
      case "constant":
        return one.isExported === true ? `export declare const ${one.name}: ${one.type!};` : "";
      case "data":
        return `export declare const ${one.name}: ${printLiteralType(one.value)};`;
      case "runtime":
        return one.isType && one.names.some((name) => seen.has(name)) ? one.text : "";
      case "text":
        return "";
      default:
        return one satisfies never;
    }
  });
  // Without it all that a file declares is exported.
  return statements.some(({ kind }) => kind === "runtime") ? `${text}\n\nexport {};` : text;
}

/** Names in types of exports, and of the runtime's types among them. */
function namesSeen(statements: readonly Statement[]): ReadonlySet<string> {
  const seen = new Set(statements.flatMap(exportedTypes).flatMap((type) => type.match(/\w+/g)!));
  const types = statements.flatMap((one) => (one.kind === "runtime" && one.isType ? [one] : []));
  for (let before = -1; before !== seen.size;) {
    before = seen.size;
    for (const { names, uses } of types)
      if (names.some((name) => seen.has(name))) uses.forEach((name) => seen.add(name));
  }
  return seen;
}

function exportedTypes(one: Statement): string[] {
  const typesOf = ({ parameters, returns }: Signature): string[] => [
    ...parameters.map(({ type }) => type),
    returns,
  ];
  switch (one.kind) {
    case "interface":
      return [...one.properties.map(({ type }) => type), ...one.methods.flatMap(typesOf)];
    case "function":
      return one.isExported === true ? typesOf(one) : [];
    case "constant":
      return one.isExported === true ? [one.type!] : [];
    default:
      return [];
  }
}

function isExported(
  one: Statement,
): one is Exclude<Statement, { readonly kind: "import" | "text" | "runtime" }> {
  return (
    one.kind === "interface" ||
    one.kind === "data" ||
    ("isExported" in one && one.isExported === true)
  );
}

/** An empty line goes around all but imports and constants among each other. */
function joined(statements: readonly Statement[], print: (one: Statement) => string): string {
  const parts: string[] = [];
  let before = "";
  for (const one of statements) {
    const text = print(one);
    if (text === "") continue;
    const isClose = one.kind === before && (before === "import" || before === "constant");
    parts.push(before === "" ? "" : isClose ? "\n" : "\n\n");
    parts.push("doc" in one && one.doc !== undefined ? printDoc(one.doc) : "", text);
    before = one.kind;
  }
  return parts.join("");
}

/** Of what is no import, without `export`. */
function printWhole(one: Exclude<Statement, ImportStatement>): string {
  switch (one.kind) {
    case "interface":
      return printInterface(one);
    case "function":
      return printFunction(one);
    case "constant": {
      const type = one.type === undefined ? "" : `: ${one.type}`;
      return `const ${one.name}${type} = ${one.value};`;
    }
    case "data":
      return `const ${one.name} = ${printLiteral(one.value)} as const;`;
    case "text":
    case "runtime":
      return one.text;
    default:
      return one satisfies never;
  }
}

function printTypeImport({ names, from, isType }: ImportStatement, seen: ReadonlySet<string>) {
  const used = names.filter((name) => isType && seen.has(name));
  return used.length === 0 ? "" : `import type { ${used.join(", ")} } from "${from}";`;
}

function printInterface({ name, properties, methods }: InterfaceStatement): string {
  const members = [
    ...properties.map(
      ({ doc, name, type, isOptional }) =>
        `${printDoc(doc)}readonly ${name}${isOptional === true ? "?" : ""}: ${type};\n`,
    ),
    ...methods.map((method) => `${printDoc(method.doc)}${printSignature(method, true)};\n`),
  ];
  return `interface ${name} {\n${members.join("")}}`;
}

function printFunction(one: FunctionStatement): string {
  const word = one.isAsync === true ? "async function" : "function";
  return `${word} ${printSignature(one, false)} {\n${one.body.join("\n")}\n}`;
}

/** `isDeclared`: values by default are no part of a type. */
function printSignature({ name, parameters, returns }: Signature, isDeclared: boolean): string {
  const printed = parameters.map(({ name, type, isOptional, value }: Parameter) => {
    const isAbsent = isOptional === true || (isDeclared && value !== undefined);
    const given = isDeclared || value === undefined ? "" : ` = ${value}`;
    return `${name}${isAbsent ? "?" : ""}: ${type}${given}`;
  });
  return `${name}(${printed.join(", ")}): ${returns}`;
}

function printDoc(text: string): string {
  const lines = text.split("\n");
  return lines.length === 1
    ? `/** ${text} */\n`
    : `/**\n${lines.map((line) => ` * ${line}\n`).join("")} */\n`;
}
