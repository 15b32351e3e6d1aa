/** The few kinds of statements that modules are made of, as data: they print as TypeScript, CommonJS and declarations. */

export type Statement =
  | ImportStatement
  | InterfaceStatement
  | FunctionStatement
  | ConstantStatement
  | DataStatement
  | TextStatement
  | RuntimeStatement;

export interface ImportStatement {
  readonly kind: "import";
  readonly names: readonly string[];
  readonly from: string;
  /** Whether nothing of it is left at run time. */
  readonly isType: boolean;
}

export interface Parameter {
  readonly name: string;
  readonly type: string;
  readonly isOptional?: boolean;
  /** By default. */
  readonly value?: string;
}

export interface Signature {
  readonly doc: string;
  readonly name: string;
  readonly parameters: readonly Parameter[];
  readonly returns: string;
}

export interface Property {
  readonly doc: string;
  /** As it is written, quoted where it must be. */
  readonly name: string;
  readonly isOptional?: boolean;
  readonly type: string;
}

/** Always exported; its properties are readonly. */
export interface InterfaceStatement {
  readonly kind: "interface";
  readonly doc: string;
  readonly name: string;
  readonly properties: readonly Property[];
  readonly methods: readonly Signature[];
}

export interface FunctionStatement extends Signature {
  readonly kind: "function";
  readonly isExported?: boolean;
  readonly isAsync?: boolean;
  /** Statements. */
  readonly body: readonly string[];
}

export interface ConstantStatement {
  readonly kind: "constant";
  readonly doc?: string;
  readonly isExported?: boolean;
  readonly name: string;
  /** Exported ones must have one. */
  readonly type?: string;
  readonly value: string;
}

/** What a module says of itself: always exported, and its type is its very value. */
export interface DataStatement {
  readonly kind: "data";
  readonly doc: string;
  readonly name: string;
  readonly value: Literal;
}

/** A value that is written as it is, strings and names of any kind among it. */
export type Literal =
  string | number | boolean | readonly Literal[] | { readonly [name: string]: Literal };

/** What is printed already and exports nothing. */
export interface TextStatement {
  readonly kind: "text";
  readonly text: string;
}

/** What the runtime declares, in a module that stands alone. */
export interface RuntimeStatement {
  readonly kind: "runtime";
  /** What it declares. */
  readonly names: readonly string[];
  /** Names from outside it that it refers to. */
  readonly uses: readonly string[];
  /** Whether nothing of it is left at run time. */
  readonly isType: boolean;
  /** With comments; not exported. */
  readonly text: string;
}
