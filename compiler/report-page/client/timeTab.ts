/** Where time goes: a bar for each distinct kernel, and how near it comes to what the machine can do. */
import type { ReportData } from "../data.js";
import { drawn, type Drawn } from "../drawing.js";
import { marksOf, type Mark } from "../roofline.js";
import { byteText, grouped, rounded, shown } from "../text.js";
import { h, nameNode, svgNode, table, type Child } from "./dom.js";
import type { Store } from "./state.js";

export function timeTab(data: ReportData, store: Store): HTMLElement {
  const marks = marksOf(data);
  const { times } = data;
  const parts: Child[] =
    times === undefined
      ? [
          h("h2", {}, "Where the work is"),
          h(
            "p",
            {},
            "Nothing was timed: `report --measure` times every kernel on this machine, and `--timings` takes what `bench --json` printed. Until then bars are multiply-adds.",
          ),
        ]
      : [
          h("h2", {}, "Where time goes"),
          h(
            "p",
            {},
            `A run takes ${times.milliseconds.toPrecision(3)} ms: ${times.gflops.toPrecision(3)} GFLOP/s (${times.clock}, Node ${shown(times.node, 20)}, ${shown(times.cpu, 60)}). Each kernel was timed by itself, with its operands in the cache as far as they fit.`,
          ),
        ];
  const roof =
    times?.peak === undefined || times.bandwidth === undefined
      ? []
      : [
          h("h2", {}, "What the machine allows"),
          h(
            "p",
            {},
            `A tile in the first-level cache computes ${times.peak.toFixed(1)} GFLOP/s, memory is read at ${times.bandwidth.toFixed(1)} GB/s. A kernel above the line has its operands in a cache, or computes fewer multiply-adds than its layers mean.`,
          ),
          h("div", { class: "chart" }, svgNode(roofline(marks, times.peak, times.bandwidth))),
        ];
  return h("div", { class: "page" }, ...parts, bars(data, store, marks), ...roof);
}

function bars(data: ReportData, store: Store, marks: readonly Mark[]): HTMLElement {
  const isTimed = data.times !== undefined;
  const sizeOf = (mark: Mark): number => mark.milliseconds ?? mark.calls * mark.multiplyAdds;
  const all = marks.reduce((sum, mark) => sum + sizeOf(mark), 0);
  const most = Math.max(...marks.map(sizeOf), Number.MIN_VALUE);
  const last = data.views.length - 1;
  const rows = marks.map((mark): Child[] => {
    const bar = h("div", { class: "bar-of" });
    bar.style.width = `${(100 * sizeOf(mark)) / most}%`;
    const link = h(
      "button",
      {
        type: "button",
        class: "link",
        onclick: () => store.set({ tab: "graph", view: last, selected: mark.kernel }),
      },
      nameNode(shown(mark.function, 50)),
    );
    const share = all === 0 ? 0 : (100 * sizeOf(mark)) / all;
    const ofRoof =
      mark.roof === undefined || !mark.gflops
        ? ""
        : `${((100 * mark.gflops) / mark.roof).toFixed(0)} %`;
    return [
      link,
      h("div", { class: "bar-room" }, bar),
      `${share.toFixed(1)} %`,
      String(mark.calls),
      mark.milliseconds === undefined ? "" : String(Number(mark.milliseconds.toPrecision(3))),
      rounded(mark.calls * mark.multiplyAdds),
      mark.gflops === undefined || mark.gflops === 0 ? "" : mark.gflops.toFixed(1),
      ofRoof,
      byteText(mark.bytes),
      shown(mark.shapes, 80),
    ];
  });
  const headings = [
    "kernel",
    isTimed ? "time" : "work",
    "share",
    "calls",
    "ms in all",
    "multiply-adds",
    "GFLOP/s",
    "of the roof",
    "moves",
    "shapes",
  ];
  return table(
    "Distinct kernels, the one that takes most first",
    headings,
    rows,
    [2, 3, 4, 5, 6, 7, 8],
  );
}

const [WIDTH, HEIGHT, LEFT, BOTTOM] = [1000, 420, 60, 40];

/** Both axes are logarithms: operations a byte, and GFLOP/s. */
function roofline(marks: readonly Mark[], peak: number, bandwidth: number): Drawn {
  const shownMarks = marks.filter(({ gflops = 0, intensity }) => gflops > 0 && intensity > 0);
  const [least, most] = rangeOf([
    peak / bandwidth,
    ...shownMarks.map(({ intensity }) => intensity),
  ]);
  const [low, high] = rangeOf([peak, ...shownMarks.map(({ gflops }) => gflops!)]);
  const x = (value: number): number =>
    LEFT + (Math.log(value / least) / Math.log(most / least)) * (WIDTH - LEFT - 20);
  const y = (value: number): number =>
    10 + (1 - Math.log(value / low) / Math.log(high / low)) * (HEIGHT - BOTTOM - 10);
  const ridge = peak / bandwidth;
  const from = Math.max(least, low / bandwidth);
  const longest = Math.max(...shownMarks.map(({ milliseconds = 0 }) => milliseconds), 1e-9);
  const dots = shownMarks.map(({ function: name, intensity, gflops = 0, milliseconds = 0 }) =>
    drawn(
      "circle",
      {
        class: "mark",
        cx: fixed(x(intensity)),
        cy: fixed(y(gflops)),
        r: fixed(4 + 14 * Math.sqrt(milliseconds / longest)),
      },
      drawn(
        "title",
        {},
        `${shown(name, 60)}: ${gflops.toFixed(1)} GFLOP/s, ${intensity.toPrecision(3)} operations a byte`,
      ),
    ),
  );
  const ticks = [
    ...powers(least, most).map((value) => tick(x(value), HEIGHT - BOTTOM + 16, "middle", value)),
    ...powers(low, high).map((value) => tick(LEFT - 8, y(value) + 4, "end", value)),
  ];
  const label = `Roofline: ${shownMarks.length} kernels by operations a byte and GFLOP/s, below a peak of ${grouped(Math.round(peak))} GFLOP/s. The table above has all of them.`;
  return drawn(
    "svg",
    { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": label },
    ...ticks,
    drawn("path", {
      class: "roof",
      d: `M${fixed(x(from))} ${fixed(y(from * bandwidth))}L${fixed(x(ridge))} ${fixed(y(peak))}H${WIDTH - 20}`,
    }),
    ...dots,
    drawn(
      "text",
      { x: WIDTH - 20, y: HEIGHT - 6, class: "tick", "text-anchor": "end" },
      "operations a byte",
    ),
    drawn("text", { x: LEFT + 6, y: 20, class: "tick" }, "GFLOP/s"),
  );
}

function rangeOf(values: readonly number[]): readonly [number, number] {
  return [Math.min(...values) / 2, Math.max(...values) * 2];
}

/** 0.1, 1, 10 … between two numbers. */
function powers(low: number, high: number): number[] {
  const first = Math.ceil(Math.log10(low));
  const count = Math.floor(Math.log10(high)) - first + 1;
  return Array.from({ length: Math.max(0, count) }, (_, i) => 10 ** (first + i));
}

function tick(x: number, y: number, anchor: string, value: number): Drawn {
  const attributes = { x: fixed(x), y: fixed(y), class: "tick", "text-anchor": anchor };
  return drawn("text", attributes, String(Number(value.toPrecision(3))));
}

const fixed = (value: number): number => Number(value.toFixed(2));
