/**
 * Which nodes rules must look at (again), in order: those that are new or changed, and those whose rules asked about
 * something that has changed since. So rewriting costs what is looked at, not the whole graph for every change.
 */
import type { Operand } from "../definition.js";

export interface Agenda {
  /** Positions in the order in which nodes came to be. */
  readonly positions: Map<string, number>;
  readonly names: string[];
  /** Positions to be looked at in this sweep, and in the next one. */
  readonly now: Heap;
  next: Set<number>;
  /** The position looked at, or before it in this sweep: what changes behind it waits for the next. */
  at: number;
  /** Positions from here on came to be during this sweep, and wait for the next. */
  end: number;
  /** Who asked about an operand. */
  readonly askers: Map<Operand, Set<string>>;
}

export function newAgenda(names: Iterable<string>): Agenda {
  const agenda: Agenda = {
    positions: new Map(),
    names: [],
    now: { items: [], members: new Set() },
    next: new Set(),
    at: -1,
    end: 0,
    askers: new Map(),
  };
  for (const name of names) schedule(agenda, name);
  return agenda;
}

/** Puts a node on the agenda, for this sweep where it is still to come, otherwise for the next. */
export function schedule(agenda: Agenda, name: string): void {
  const { positions, names } = agenda;
  let position = positions.get(name);
  if (position === undefined) {
    position = names.push(name) - 1;
    positions.set(name, position);
  }
  if (position > agenda.at && position < agenda.end) push(agenda.now, position);
  else agenda.next.add(position);
}

/** Something that rules ask about an operand is not what it was. */
export function changed(agenda: Agenda, operand: Operand): void {
  for (const name of agenda.askers.get(operand) ?? []) schedule(agenda, name);
}

/** Remembers that what rules made of a node depends on what they were told of these operands. */
export function asked(agenda: Agenda, name: string, operands: Iterable<Operand>): void {
  for (const operand of operands) {
    const askers = agenda.askers.get(operand);
    if (askers === undefined) agenda.askers.set(operand, new Set([name]));
    else askers.add(name);
  }
}

/** The next node to look at, sweep after sweep; undefined where there is none left. */
export function takeNext(agenda: Agenda): string | undefined {
  if (agenda.now.items.length === 0) {
    agenda.at = -1;
    agenda.end = agenda.names.length;
    for (const position of agenda.next) push(agenda.now, position);
    agenda.next = new Set();
  }
  const position = pop(agenda.now);
  if (position === undefined) return undefined;
  agenda.at = position;
  return agenda.names[position];
}

/** The least number is taken first; each is held once. */
interface Heap {
  readonly items: number[];
  readonly members: Set<number>;
}

function push({ items, members }: Heap, value: number): void {
  if (members.has(value)) return;
  members.add(value);
  let at = items.push(value) - 1;
  while (at > 0) {
    const parent = (at - 1) >> 1;
    if (items[parent]! < value) break;
    items[at] = items[parent]!;
    at = parent;
  }
  items[at] = value;
}

function pop({ items, members }: Heap): number | undefined {
  const least = items[0];
  const last = items.pop();
  if (least === undefined || last === undefined) return undefined;
  members.delete(least);
  if (items.length === 0) return least;
  let at = 0;
  for (;;) {
    let child = 2 * at + 1;
    if (child + 1 < items.length && items[child + 1]! < items[child]!) child++;
    if (child >= items.length || items[child]! > last) break;
    items[at] = items[child]!;
    at = child;
  }
  items[at] = last;
  return least;
}
