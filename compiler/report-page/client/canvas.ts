/** A drawing that is panned and zoomed: by wheel, fingers, mouse and keys. */
import { h } from "./dom.js";

export interface Canvas {
  readonly element: HTMLElement;
  readonly svg: SVGSVGElement;
  /** What is drawn goes here. */
  readonly content: SVGGElement;
  /** Tells how large the drawing is. */
  resize(width: number, height: number): void;
  /** Moves so that a rectangle of the drawing is seen. */
  reveal(x: number, y: number, width: number, height: number): void;
  /** All of it, or as wide as there is room from its top. */
  fit(whole: boolean): void;
  zoom(factor: number): void;
}

const SVG = "http://www.w3.org/2000/svg";
const [LEAST, MOST] = [0.02, 4];

export function newCanvas(label: string): Canvas {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("role", "group");
  svg.setAttribute("aria-label", label);
  const content = document.createElementNS(SVG, "g");
  svg.append(content);
  const element = h("div", { class: "canvas" }, svg);
  let [x, y, scale, width, height] = [0, 0, 1, 1, 1];
  const draw = (): void =>
    content.setAttribute("transform", `translate(${x} ${y}) scale(${scale})`);
  const zoomAt = (factor: number, atX: number, atY: number): void => {
    const next = Math.min(MOST, Math.max(LEAST, scale * factor));
    x = atX - ((atX - x) * next) / scale;
    y = atY - ((atY - y) * next) / scale;
    scale = next;
    draw();
  };
  const canvas: Canvas = {
    element,
    svg,
    content,
    resize(wide, high) {
      [width, height] = [Math.max(1, wide), Math.max(1, high)];
    },
    reveal(left, top, wide, high) {
      const [seenX, seenY] = [svg.clientWidth, svg.clientHeight];
      const margin = 24;
      const moved = (from: number, size: number, at: number, seen: number): number => {
        const [low, high] = [from * scale + at, (from + size) * scale + at];
        if (low < margin) return at + margin - low;
        return high > seen - margin ? at - Math.min(high - seen + margin, low - margin) : at;
      };
      [x, y] = [moved(left, wide, x, seenX), moved(top, high, y, seenY)];
      draw();
    },
    fit(whole) {
      const [seenX, seenY] = [svg.clientWidth || 800, svg.clientHeight || 600];
      const across = seenX / width;
      scale = Math.max(
        LEAST,
        Math.min(1, whole ? Math.min(across, seenY / height) : Math.max(across, 0.5)),
      );
      x = (seenX - width * scale) / 2;
      y = whole ? Math.max(0, (seenY - height * scale) / 2) : 0;
      draw();
    },
    zoom: (factor) => zoomAt(factor, svg.clientWidth / 2, svg.clientHeight / 2),
  };
  listen(svg, {
    pan: (dx, dy) => {
      [x, y] = [x + dx, y + dy];
      draw();
    },
    zoomAt,
  });
  return canvas;
}

interface Moves {
  pan(dx: number, dy: number): void;
  zoomAt(factor: number, x: number, y: number): void;
}

function listen(svg: SVGSVGElement, { pan, zoomAt }: Moves): void {
  svg.addEventListener(
    "wheel",
    (event) => {
      event.preventDefault();
      const box = svg.getBoundingClientRect();
      const lines = event.deltaMode === 1 ? 16 : 1;
      if (!event.ctrlKey && !event.metaKey) pan(-event.deltaX * lines, -event.deltaY * lines);
      else
        zoomAt(
          Math.exp(-event.deltaY * lines * 0.005),
          event.clientX - box.left,
          event.clientY - box.top,
        );
    },
    { passive: false },
  );
  const fingers = new Map<number, PointerEvent>();
  let moved = 0;
  svg.addEventListener("pointerdown", (event) => {
    fingers.set(event.pointerId, event);
    moved = 0;
  });
  svg.addEventListener("pointermove", (event) => {
    const before = fingers.get(event.pointerId);
    if (before === undefined) return;
    const other = [...fingers.values()].find(({ pointerId }) => pointerId !== event.pointerId);
    fingers.set(event.pointerId, event);
    moved += Math.abs(event.clientX - before.clientX) + Math.abs(event.clientY - before.clientY);
    // A click that trembles is a click.
    if (moved > 4 && !svg.hasPointerCapture(event.pointerId))
      svg.setPointerCapture(event.pointerId);
    if (other === undefined)
      return pan(event.clientX - before.clientX, event.clientY - before.clientY);
    const distance = (one: PointerEvent): number =>
      Math.hypot(one.clientX - other.clientX, one.clientY - other.clientY);
    const box = svg.getBoundingClientRect();
    const factor = distance(event) / Math.max(1, distance(before));
    zoomAt(factor, other.clientX - box.left, other.clientY - box.top);
  });
  for (const end of ["pointerup", "pointercancel"] as const)
    svg.addEventListener(end, (event) => void fingers.delete(event.pointerId));
}
