/** Changes bytes of files of any kind. */
import type { Random } from "../support/random.js";
import { NUMBERS } from "./family.js";

type Change = (bytes: Uint8Array, random: Random) => Uint8Array;

const at = (bytes: Uint8Array, random: Random): number => random.int(0, bytes.length - 1);

const joined = (...parts: readonly Uint8Array[]): Uint8Array =>
  Uint8Array.from(Buffer.concat(parts));

const flip: Change = (bytes, random) => {
  const changed = Uint8Array.from(bytes);
  changed[at(bytes, random)]! ^= 1 << random.int(0, 7);
  return changed;
};

const replace: Change = (bytes, random) => {
  const changed = Uint8Array.from(bytes);
  changed[at(bytes, random)] = random.int(0, 255);
  return changed;
};

/** A number of 1 to 8 bytes. */
const number: Change = (bytes, random) => {
  const changed = Uint8Array.from(bytes);
  const size = random.pick([1, 2, 4, 8]);
  if (changed.length < size) return changed;
  const place = random.int(0, changed.length - size);
  const value = BigInt.asUintN(
    8 * size,
    BigInt(Math.trunc(Math.min(random.pick(NUMBERS), 2 ** 60))),
  );
  for (let i = 0; i < size; i++) changed[place + i] = Number((value >> BigInt(8 * i)) & 255n);
  return changed;
};

const cut: Change = (bytes, random) => bytes.slice(0, at(bytes, random));
const behead: Change = (bytes, random) => bytes.slice(random.int(1, Math.min(bytes.length, 16)));
const lengthen: Change = (bytes, random) =>
  joined(
    bytes,
    Uint8Array.from({ length: random.int(1, 40) }, () => random.int(0, 255)),
  );
const empty: Change = () => new Uint8Array(0);

const piece = (bytes: Uint8Array, random: Random): readonly [number, number] => {
  const from = at(bytes, random);
  return [from, random.int(from, Math.min(bytes.length, from + 64))];
};

const drop: Change = (bytes, random) => {
  const [from, to] = piece(bytes, random);
  return joined(bytes.subarray(0, from), bytes.subarray(to));
};

const repeat: Change = (bytes, random) => {
  const [from, to] = piece(bytes, random);
  return joined(bytes.subarray(0, to), bytes.subarray(from));
};

const move: Change = (bytes, random) => {
  const changed = Uint8Array.from(bytes);
  const [from, to] = piece(bytes, random);
  changed.copyWithin(at(bytes, random), from, to);
  return changed;
};

const CHANGES: readonly Change[] = [
  ...[flip, flip, replace, number, number, cut, behead, lengthen, drop, repeat, move],
];

/** The bytes with one thing changed; one time in eight with two to four. */
export function mutatedBytes(bytes: Uint8Array, random: Random): Uint8Array {
  if (random.chance(0.005)) return empty(bytes, random);
  let changed = bytes;
  for (let i = random.chance(1 / 8) ? random.int(2, 4) : 1; i > 0; i--) {
    if (changed.length > 0) changed = random.pick(CHANGES)(changed, random);
  }
  return changed;
}
