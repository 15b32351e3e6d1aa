/** Where memory goes: the arena over time, the least that any plan needs, and what fills its fullest moment. */
import type { BufferData, MemoryData, ReportData } from "../data.js";
import { drawn, type Drawn } from "../drawing.js";
import { byteText, grouped, shown } from "../text.js";
import { h, nameNode, svgNode, table } from "./dom.js";
import type { Store } from "./state.js";

const [WIDTH, HEIGHT, LEFT, BOTTOM] = [1000, 420, 70, 34];

export function memoryTab(data: ReportData, _store: Store): HTMLElement {
  const { memory, kernels } = data;
  const info = h("p", { class: "info", role: "status" });
  const say = (at: number): void => {
    const buffer = memory.buffers[at];
    info.replaceChildren(
      ...(buffer === undefined ? ["Point at a buffer, or choose one below."] : sayOf(data, buffer)),
    );
  };
  const chart = svgNode(gantt(memory, kernels.length)) as SVGSVGElement;
  const mark = (at: number): void => {
    for (const box of Array.from(chart.querySelectorAll("[data-buffer]")))
      box.classList.toggle("chosen", box.getAttribute("data-buffer") === String(at));
    say(at);
  };
  chart.addEventListener("pointermove", (event) => {
    const at = (event.target as Element).getAttribute("data-buffer");
    if (at !== null) mark(Number(at));
  });
  say(-1);
  const rows = memory.buffers
    .map((buffer, at) => ({ buffer, at }))
    .toSorted((a, b) => b.buffer.bytes - a.buffer.bytes)
    .map(({ buffer, at }) => [
      h(
        "button",
        { type: "button", class: "link", onclick: () => mark(at), onfocus: () => mark(at) },
        nameNode(shown(buffer.name, 60)),
      ),
      grouped(buffer.offset),
      grouped(buffer.bytes),
      grouped(buffer.margin),
      momentText(data, buffer.first),
      momentText(data, buffer.last),
      nameNode(shown(buffer.holds.slice(0, 6).join(", "), 120)),
    ]);
  return h(
    "div",
    { class: "page" },
    h("h2", {}, "The arena over time"),
    h(
      "p",
      {},
      `${byteText(memory.arenaBytes)} (${grouped(memory.arenaBytes)} bytes); the most that is live at once, which no plan can do without, is ${byteText(memory.lowerBound)} (${grouped(memory.lowerBound)} bytes).`,
    ),
    h("p", {}, besidesText(data)),
    h("div", { class: "chart" }, chart),
    info,
    h("h2", {}, "What fills its fullest moment"),
    fullest(data),
    h("h2", {}, "Buffers"),
    table(
      "Buffers of the arena, the largest first",
      ["buffer", "at byte", "bytes", "of them margin", "from", "to", "holds"],
      rows,
      [1, 2, 3],
    ),
  );
}

/** What takes memory beside the arena, or lies in it and is no value. */
function besidesText({ totals, threads }: ReportData): string {
  const { constantBytes, overlaidBytes, constantTypes } = totals;
  const types = Object.entries(constantTypes)
    .toSorted(([, a], [, b]) => b - a)
    .map(([type, bytes]) => `${type} ${byteText(bytes)}`);
  const overlaid =
    overlaidBytes === 0
      ? ""
      : ` ${byteText(overlaidBytes)} of them are read at load alone, and lie in the arena until then.`;
  const scratch =
    threads === undefined
      ? ""
      : ` Each thread after the first has ${byteText(threads.scratchBytes)} of its own.`;
  return `Weights take ${byteText(constantBytes)}: ${types.join(", ") || "none"}.${overlaid}${scratch}`;
}

function momentText({ kernels, memory: { inputs } }: ReportData, moment: number): string {
  if (moment === inputs) return "the inputs";
  const at = moment < inputs ? moment : moment - 1;
  const kernel = kernels[at];
  return kernel === undefined ? "the outputs" : shown(`${at}: ${kernel.name}`, 40);
}

function sayOf(data: ReportData, { name, bytes, offset, first, last, holds }: BufferData) {
  return [
    h("b", {}, nameNode(shown(name, 60))),
    `: ${grouped(bytes)} bytes at ${grouped(offset)}, from ${momentText(data, first)} to ${momentText(data, last)}, holds `,
    nameNode(shown(holds.join(", "), 200)),
  ];
}

/** Rectangles of bytes by kernels; what is live as a line, and the most of it. */
function gantt(
  { arenaBytes, lowerBound, live, inputs, buffers }: MemoryData,
  count: number,
): Drawn {
  const most = Math.max(1, arenaBytes);
  // The moments are each of the kernels, the inputs among them, and the outputs.
  const x = (moment: number): number => LEFT + (moment / (count + 2)) * (WIDTH - LEFT - 10);
  const y = (bytes: number): number => (HEIGHT - BOTTOM) * (1 - bytes / most) + 8;
  const boxes = buffers.map(({ name, offset, bytes, first, last }, at) =>
    drawn(
      "rect",
      {
        class: `buffer shade${at % 6}`,
        "data-buffer": at,
        x: fixed(x(first)),
        y: fixed(y(offset + bytes)),
        width: fixed(Math.max(1, x(last + 1) - x(first) - 0.5)),
        height: fixed(Math.max(0.75, y(offset) - y(offset + bytes) - 0.5)),
      },
      drawn("title", {}, `${shown(name, 60)}: ${byteText(bytes)}`),
    ),
  );
  const steps = live.map((bytes, i) => `H${fixed(x(i))}V${fixed(y(bytes))}`).join("");
  const ticks = [0, 0.25, 0.5, 0.75, 1].map((part) =>
    drawn(
      "text",
      { x: LEFT - 8, y: fixed(y(part * most) + 4), "text-anchor": "end", class: "tick" },
      byteText(Math.round(part * most)),
    ),
  );
  const label = `The arena over time: ${buffers.length} buffers in ${grouped(arenaBytes)} bytes, of which ${grouped(lowerBound)} are live at once. The table below has all of them.`;
  return drawn(
    "svg",
    { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": label, class: "gantt" },
    ...ticks,
    ...boxes,
    drawn("path", { class: "live", d: `M${LEFT} ${fixed(y(0))}${steps}H${fixed(x(count + 2))}` }),
    drawn("line", {
      class: "bound",
      x1: LEFT,
      x2: WIDTH - 10,
      y1: fixed(y(lowerBound)),
      y2: fixed(y(lowerBound)),
    }),
    drawn("text", { x: fixed(x(inputs)), y: HEIGHT - 6, class: "tick" }, "inputs"),
    drawn(
      "text",
      { x: WIDTH / 2, y: HEIGHT - 6, class: "tick", "text-anchor": "middle" },
      `${count} kernels in order`,
    ),
    drawn("text", { x: WIDTH - 10, y: HEIGHT - 6, class: "tick", "text-anchor": "end" }, "outputs"),
  );
}

const fixed = (value: number): number => Number(value.toFixed(2));

function fullest({ memory: { use } }: ReportData): HTMLElement {
  const parts = [
    ["values", use.values],
    ["waiting parts of concats", use.waiting],
    ["values once more, in another layout", use.copies],
    ["scratch memory", use.scratch],
    ["constants read at load", use.constants],
    ["margins", use.margins],
    ["alignment", use.alignment],
    ["gaps", use.gaps],
  ] as const;
  const bar = parts
    .filter(([, bytes]) => bytes > 0)
    .map(([name, bytes]) =>
      h(
        "div",
        { class: "part" },
        h("span", { class: "label" }, name),
        h("meter", { min: 0, max: use.bytes, value: bytes, "aria-label": name }),
        h("span", { class: "amount" }, `${grouped(bytes)} bytes`),
      ),
    );
  const names = use.buffers
    .slice(0, 20)
    .map(({ name, bytes }) => h("li", {}, nameNode(shown(name, 60)), ` ${byteText(bytes)}`));
  const when =
    use.fullestIn === undefined
      ? "before the first kernel"
      : `while ${shown(use.fullestIn, 60)} runs`;
  return h(
    "div",
    { class: "fullest" },
    h("p", {}, `The arena is fullest ${when}.`),
    h("div", {}, ...bar),
    h("ul", {}, ...names),
  );
}
