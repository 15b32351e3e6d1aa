/** Draws networks of windows of one to seven that move by one to three, alike along both dimensions or not: sizes that tiles divide and do not, edges, groups, batches, and what stands around them. */
import type { Definition } from "../../compiler/graph/definition.js";
import { parseDefinition } from "../../compiler/graph/text/parse.js";
import { createRandom } from "../support/random.js";

/** A model with one to three windowed convolutions, of which every output is an output or read. */
export function randomWindows(seed: number): Definition {
  const random = createRandom(seed);
  const chance = (p: number): boolean => random.int(0, 999) < 1000 * p;
  const rank = chance(0.3) ? 1 : 2;
  const lines: string[] = [];
  const constants: string[] = [];
  // Products of many channels are summed up in parts.
  const isWide = chance(0.1);
  const n = !isWide && chance(0.3) ? 2 : 1;
  const groups = !isWide && chance(0.3) ? 2 : 1;
  const channels = isWide ? random.pick([384, 512, 513]) : groups * random.int(1, 9);
  let sizes = Array.from({ length: rank }, () => random.int(3, isWide ? 7 : 15));
  const start = [n, channels, ...sizes];
  const node = (text: string): string => {
    lines.push(`  %v${lines.length} = ${text}`);
    return `%v${lines.length - 1}`;
  };
  const constant = (dims: readonly number[], spread: number): string => {
    const name = `@c${constants.length}`;
    const from = `seed ${seed * 100 + constants.length} center 0 spread ${spread.toFixed(3)}`;
    constants.push(`${name} : f32[${dims.join()}] = ${from}`);
    return name;
  };
  const tapsOf = (): readonly number[] => {
    const all = chance(0.5) ? [3] : [1, 2, 3, 4, 5, 7];
    const one = all[random.int(0, all.length - 1)]!;
    const alike = chance(0.5);
    return Array.from({ length: rank }, () => (alike ? one : all[random.int(0, all.length - 1)]!));
  };
  const conv = (x: string, from: number, to: number): string => {
    const taps = tapsOf();
    const pads = Array.from({ length: 2 * rank }, () => random.int(0, 2));
    const padded = sizes.map((size, d) => size + pads[d]! + pads[d + rank]!);
    const fits = padded.every((size, d) => size >= taps[d]!);
    const kept = fits ? pads : [...taps, ...taps].map((tap) => Math.ceil(tap / 2));
    const strides = taps.map(() => (chance(0.7) ? 1 : random.int(2, 3)));
    sizes = sizes.map((size, d) => {
      const room = size + kept[d]! + kept[d + rank]! - taps[d]!;
      return Math.floor(room / strides[d]!) + 1;
    });
    const summed = taps.reduce((product, tap) => product * tap, from / groups);
    const w = constant([to, from / groups, ...taps], 1.7 / Math.sqrt(summed));
    const bias = chance(0.5) ? `, ${constant([to], 1)}` : "";
    const mode = chance(0.15) ? `, padMode="replicate"` : "";
    return node(
      `conv(${x}, ${w}${bias}) {strides=[${strides.join()}], pads=[${kept.join()}], groups=${groups}${mode}}`,
    );
  };
  let x = chance(0.5) ? "%x" : node("relu(%x)");
  let count = channels;
  const convolutions = random.int(1, 2);
  for (let i = 0; i < convolutions; i++) {
    const to = groups * [1, 2, 3, 4, 6, 8, 12, 16][random.int(0, 7)]!;
    const y = conv(x, count, to);
    x = chance(0.5) ? node(`${chance(0.5) ? "relu" : "silu"}(${y})`) : y;
    count = to;
  }
  if (chance(0.3)) x = node(`add(${x}, ${constant([count, ...sizes.map(() => 1)], 1)})`);
  if (chance(0.2)) x = node(`concat(${x}, ${node(`tanh(${x})`)}) {axis=1}`);
  const text = [
    `model windows(%x: f32[${start.join()}]) {`,
    ...lines,
    `  return y = ${x}`,
    "}",
    ...constants,
    "",
  ];
  return parseDefinition(text.join("\n"));
}
