/** What detectors of YOLO's kind yield, as detections. */
import { cornersOf, type Detections } from "./boxes.js";
import { checkInteger, checkNumber, countRows } from "./checks.js";

export interface YoloOptions {
  readonly classes: number;
  /**
   * `columns` by default: [4 + classes, boxes], as YOLOv8 to v12 and YOLO11 yield it, all values of a kind
   * together; `rows`: [boxes, 4 + classes], as YOLOv5 and YOLOX do.
   */
  readonly layout?: "columns" | "rows" | undefined;
  /** Whether a score of there being any object comes before those of classes (YOLOv5, YOLOX); false by default. */
  readonly objectness?: boolean | undefined;
  /** `centres` by default: (centre x, centre y, width, height); `corners`: (x1, y1, x2, y2). */
  readonly format?: "centres" | "corners" | undefined;
  /** What has a lower score is left out; 0.25 by default. */
  readonly scoreThreshold?: number | undefined;
}

/**
 * The boxes of one picture whose best class reaches the threshold, in corners, in the order of the model. A
 * score is that of the class, times that of any object where there is one. Scores are probabilities, as these
 * models yield them. `nonMaximumSuppression` picks among them. Throws a RangeError where the values do not come
 * out even.
 */
export function decodeYolo(
  output: ArrayLike<number>,
  {
    classes,
    layout = "columns",
    objectness = false,
    format = "centres",
    scoreThreshold = 0.25,
  }: YoloOptions,
): Detections {
  checkInteger("classes", classes, 1);
  checkNumber("scoreThreshold", scoreThreshold, 0, 1);
  const first = objectness ? 5 : 4;
  const count = countRows("output", output.length, first + classes);
  const [boxStep, valueStep] = layout === "rows" ? [first + classes, 1] : [1, count];
  const at = (box: number, value: number): number => output[box * boxStep + value * valueStep]!;
  const found: { box: number; score: number; best: number }[] = [];
  for (let box = 0; box < count; box++) {
    let best = 0;
    for (let c = 1; c < classes; c++) if (at(box, first + c) > at(box, first + best)) best = c;
    const score = at(box, first + best) * (objectness ? at(box, 4) : 1);
    if (score >= scoreThreshold) found.push({ box, score, best });
  }
  const boxes = Float32Array.from(found.flatMap(({ box }) => [0, 1, 2, 3].map((v) => at(box, v))));
  return {
    boxes: format === "corners" ? boxes : cornersOf(boxes),
    scores: Float32Array.from(found, ({ score }) => score),
    classes: Int32Array.from(found, ({ best }) => best),
  };
}
