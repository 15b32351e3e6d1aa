/**
 * Prints a KernelFunction as a WebAssembly function a person can read: locals named by axes and buffers, one
 * statement after the other. Arithmetic on f32 rounds every result to f32.
 */
import { narrowRange, type Range } from "../../loop/sixteen.js";
import type { KernelFunction, Stmt, Tiles, Value } from "../../loop/stmt.js";
import { createRanges } from "../range.js";
import { withoutUnused } from "../unused.js";
import { createByteAddresses, type ByteAddresses } from "./address.js";
import type { Helper } from "./helpers.js";
import { pairLoads } from "./narrow.js";
import { isBusy, outlineLoop } from "./outline.js";
import type { WasmType } from "./scalar.js";
import { isDotSimd, type Simd } from "./simd.js";
import { get, i32, layOut, set, type Text } from "./text.js";
import { storeText } from "./store.js";
import { unlessWarming, type BusyFunction } from "./warm.js";
import { printTileLoop, TILE_PARAMETERS } from "./tileLoop.js";
import { accessOperands, printValue, typeOf, type Printer } from "./value.js";

/** A printed function and what its module has to know of it. */
export interface PrintedFunction {
  readonly text: string;
  readonly helpers: readonly Helper[];
  /** For each parameter the bytes that must lie below the address passed. */
  readonly roomBelow: readonly number[];
  /** Of it and the bodies of its loops those in which much of a run is spent. */
  readonly busy: readonly BusyFunction[];
}

export function printFunction(name: string, original: KernelFunction, simd: Simd): PrintedFunction {
  const code = withoutUnused(original);
  const parameters = code.parameters.map((parameter) => parameter.name);
  const ranges = createRanges(parameters, code.body);
  const addresses = createByteAddresses(code, ranges);
  const helpers = new Set<Helper>();
  const narrow = new Map<string, Range>();
  const texts: string[] = [];
  const busy: BusyFunction[] = [];
  const passed = code.tiles === undefined ? parameters : [...parameters, ...TILE_PARAMETERS];
  const types = new Map(passed.map((parameter): [string, WasmType] => [parameter, "i32"]));
  const unit: Unit = {
    name,
    types,
    narrow,
    texts,
    busy,
    printer: {
      addresses,
      ranges,
      narrow: (register) => narrow.get(register),
      relaxed: simd !== "plain",
      dots: isDotSimd(simd) ? simd : undefined,
      useHelper: (helper) => helpers.add(helper),
    },
  };
  const shifts = shiftParameters(parameters, addresses);
  const warms = isBusy(code.body);
  const main = printUnit(unit, name, passed, code.body, (own) => {
    const all = [...shifts, ...own];
    return warms ? unlessWarming(all) : all;
  });
  if (warms) busy.push({ name, parameters: passed.map(() => "i32"), text: main });
  return {
    text: [`;; ${code.summary}\n${main}`, ...texts].join(""),
    helpers: [...helpers],
    roomBelow: parameters.map(addresses.roomBelow),
    busy,
  };
}

/** A kernel on its way to text: one function, or several where loops call their bodies. */
interface Unit {
  readonly name: string;
  /** Of every register that is declared so far. */
  readonly types: Map<string, WasmType>;
  /** Of every register that 16 bits hold. */
  readonly narrow: Map<string, Range>;
  /** Those so far, and the texts of bodies that are functions of their own. */
  readonly busy: BusyFunction[];
  readonly texts: string[];
  readonly printer: Omit<Printer, "share" | "pairs">;
}

/** What statements of one function are printed with. */
interface Context {
  readonly unit: Unit;
  readonly locals: Locals;
  readonly printer: Printer;
}

function printUnit(
  unit: Unit,
  name: string,
  parameters: readonly string[],
  body: readonly Stmt[],
  within: (statements: readonly Text[]) => readonly Text[],
): string {
  const locals = createLocals(parameters, unit.types);
  const printer: Printer = { ...unit.printer, share: locals.share, pairs: new Map() };
  const printed = printList(body, { unit, locals, printer });
  const statements = within(constantsFirst(printed, locals));
  const declared = parameters.map((one) => `(param $${one} ${unit.types.get(one)!})`);
  return `${[
    `(func $${[name, ...declared].join(" ")}`,
    ...locals.declarations().map((line) => `  ${line}`),
    ...statements.map((statement) => layOut(statement, 1)),
  ].join("\n")})\n`;
}

/**
 * Vector constants move to locals that are set first: engines build one in four instructions wherever it
 * stands, but read a local, or its copy on the stack, in none or one. Zeros are one instruction anyway.
 */
function constantsFirst(body: readonly Text[], locals: Locals): readonly Text[] {
  const known = new Map<string, Text>();
  const setters: Text[] = [];
  const visit = (text: Text): Text => {
    if (typeof text === "string") return text;
    if (text[0] !== "v128.const") return text.map(visit);
    if (text.slice(2).every((lane) => lane === "0")) return text;
    const key = text.join(" ");
    let local = known.get(key);
    if (local === undefined) {
      const name = locals.fresh("constant", "v128");
      setters.push(set(name, text));
      local = get(name);
      known.set(key, local);
    }
    return local;
  };
  const rest = body.map(visit);
  return [...setters, ...rest];
}

interface Locals {
  declare(name: string, type: WasmType): void;
  /** Declares a local under a name that nothing has. */
  fresh(name: string, type: WasmType): string;
  readonly share: Printer["share"];
  /** `(local $acc v128) (local …)`, several a line. */
  declarations(): readonly string[];
}

function createLocals(parameters: readonly string[], known: Map<string, WasmType>): Locals {
  const types = new Map<string, WasmType>();
  const taken = new Set(parameters);
  const declare = (name: string, type: WasmType): void => {
    types.set(name, type);
    known.set(name, type);
    taken.add(name);
  };
  const fresh = (name: string, type: WasmType): string => {
    let number = 0;
    while (taken.has(`${name}${number}`)) number++;
    declare(`${name}${number}`, type);
    return `${name}${number}`;
  };
  return {
    declare,
    fresh,
    share(value, type) {
      if (value[0] === "local.get" || value[0] === "v128.const") return [value, value];
      const name = fresh("again", type);
      return [["local.tee", `$${name}`, value], get(name)];
    },
    declarations() {
      const all = [...types].map(([name, type]) => `(local $${name} ${type})`);
      const lines: string[] = [];
      for (const one of all) {
        const last = lines.at(-1);
        if (last !== undefined && last.length + one.length < 96)
          lines.push(`${lines.pop()!} ${one}`);
        else lines.push(one);
      }
      return lines;
    },
  };
}

function shiftParameters(parameters: readonly string[], addresses: ByteAddresses): Text[] {
  return parameters.flatMap((name): Text[] => {
    const shift = addresses.shiftOf(name);
    return shift === 0 ? [] : [set(name, ["i32.add", get(name), i32(shift)])];
  });
}

/** Statements in a row, with what they read together. */
function printList(body: readonly Stmt[], context: Context): readonly Text[] {
  const { printer, locals } = context;
  const operands = ({ address }: { readonly address: Value }): readonly Text[] =>
    accessOperands(address, 0, printer);
  const { before, texts } = pairLoads(body, operands, () => locals.fresh("pair", "v128"));
  const inner = texts.size === 0 ? context : { ...context, printer: { ...printer, pairs: texts } };
  return body.flatMap((stmt) => [...(before.get(stmt) ?? []), ...printStmt(stmt, inner)]);
}

function printStmt(stmt: Stmt, context: Context): readonly Text[] {
  const { printer, locals } = context;
  switch (stmt.kind) {
    case "for": {
      const { variable, from, to, step, tiles } = stmt;
      locals.declare(variable, "i32");
      if (tiles !== undefined) return printTiles(stmt, tiles, context);
      const next: Text = ["local.tee", `$${variable}`, ["i32.add", get(variable), i32(step)]];
      const body = printBody(stmt, context);
      const again: Text = ["br_if", `$${variable}`, ["i32.lt_s", next, i32(to)]];
      return [set(variable, i32(from)), ["loop", `$${variable}`, ...body, again]];
    }
    case "let": {
      locals.declare(stmt.register, typeOf(stmt.value));
      const range = stmt.mutable ? undefined : narrowRange(stmt.value, printer.narrow);
      if (range !== undefined) context.unit.narrow.set(stmt.register, range);
      const bytes = stmt.mutable ? undefined : printer.addresses.define(stmt.register, stmt.value);
      return [set(stmt.register, printValue(bytes ?? stmt.value, printer))];
    }
    case "assign":
      return [set(stmt.register, printValue(stmt.value, printer))];
    case "store":
      return [storeText(stmt, printer)];
    default:
      return stmt satisfies never;
  }
}

/** A parallel loop: a piece of it is short, and no function of its own. */
function printTiles(
  stmt: Extract<Stmt, { kind: "for" }>,
  tiles: Tiles,
  context: Context,
): readonly Text[] {
  const body = (inner: readonly Stmt[]): readonly Text[] => printList(inner, context);
  return printTileLoop(stmt, tiles, (name) => context.locals.declare(name, "i32"), body);
}

/** The statements of a loop, or the call of a function that has them. */
function printBody(stmt: Extract<Stmt, { kind: "for" }>, context: Context): readonly Text[] {
  const outlined = outlineLoop(stmt);
  if (outlined === undefined) return printList(stmt.body, context);
  const { unit } = context;
  const name = `${unit.name}.${stmt.variable}`;
  const parameters = outlined.reads.map((one) => unit.types.get(one)!);
  const text = printUnit(unit, name, outlined.reads, outlined.body, unlessWarming);
  unit.busy.push({ name, parameters, text });
  unit.texts.push(text);
  return [["call", `$${name}`, ...outlined.reads.map(get)]];
}
