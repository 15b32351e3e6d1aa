/** Interpretations that do not fit are refused with all that is wrong; labels are read strictly. */
import { describe, expect, it } from "vitest";
import {
  boxes,
  classes,
  interpretModel,
  mask,
  model,
  parseInterpretation,
  readLabels,
  type DType,
  type Interpretation,
} from "../../../compiler/index.js";
import { problemsOf } from "../../support/problems.js";

function refused(dims: readonly number[], given: unknown, dtype: DType = "f32"): string {
  const net = model("net", { x: { dims, dtype } }, ({ x }) => ({ out: x }));
  const out = given as Interpretation;
  return problemsOf(() => interpretModel(net, { out })).join("\n");
}

describe("interpretModel", () => {
  it("reports names, options and shapes of all outputs at once", () => {
    const net = model("net", { x: [1, 5], y: [1, 3, 4, 4] }, ({ x, y }) => ({ logits: x, map: y }));
    const wrong = {
      logit: classes(),
      logits: { kind: "classes", top: NaN, softmx: true },
      map: { kind: "masks" },
    };
    expect(problemsOf(() => interpretModel(net, wrong as never))).toMatchInlineSnapshot(`
      [
        "[usage] the model has no output 'logit' to interpret; did you mean 'logits'?",
        "[bad-attribute] 'logits': top: expected a number, not NaN",
        "[unknown-attribute] 'logits': there is no option "softmx"; did you mean 'softmax'?",
        "[bad-attribute] 'map': there is no interpretation of kind "masks"; did you mean 'mask'?",
      ]
    `);
  });

  it.each([
    [[1, 5], classes({ top: 6 }), "top is 6, but there are 5 classes; give at most 5"],
    [
      [1, 5, 4],
      classes(),
      "reads scores [batch, classes], but the output is f32[1,5,4]; mask reads",
    ],
    [[], classes(), "reads scores [batch, classes], but the output is f32[]"],
    [[1, 5], classes({ softmax: true, sigmoid: true }), "softmax and sigmoid are both given"],
    [[1, 5], mask(), "reads scores [batch, classes, height, width], but the output is f32[1,5]"],
    [[1, 1, 4, 4], mask(), "one channel needs a threshold"],
    [[1, 2, 4, 4], mask({ threshold: 0 }), "threshold is given, but there are 2 classes"],
    [[1, 257, 1, 1], mask(), "u8 has no 257 classes; set dtype to i32"],
    [
      [2, 6, 90],
      boxes(),
      "reads [1, 4 + classes, boxes], but the output is f32[2,6,90]; bind the batch",
    ],
    [[1, 4, 90], boxes(), "4 values a box leave no class; is layout the other one?"],
    [[1, 90, 5], boxes({ layout: "rows", objectness: true }), "reads [1, boxes, 5 + classes], but"],
    [[1, 6, 40], boxes(), "most is 50, but there are 40 boxes; give at most 40"],
    [[1, 6, 90], boxes({ scoreThreshold: 25 }), "scoreThreshold:"],
    [[1, 6, 90], boxes({ iouThreshold: NaN }), "iouThreshold:"],
    [
      [1, 6, 90],
      { kind: "boxe" },
      "there is no interpretation of kind \"boxe\"; did you mean 'boxes'?",
    ],
    [[1, 6, 90], undefined, "the interpretation has no kind; kinds are boxes, classes, mask"],
  ] as const)("refuses %j with %o", (dims, given, message) => {
    expect(refused(dims, given)).toContain(message);
  });

  it("says what the model has open as well", () => {
    const open = model("net", { x: ["N", 5] }, ({ x }) => ({ out: x }));
    const problems = problemsOf(() => interpretModel(open, { uot: classes() }));
    expect(problems.map((problem) => problem.slice(0, 20))).toEqual([
      "[usage] the model ha",
      "[unbound-dimension] ",
    ]);
  });

  it("refuses outputs of integers, and names twice", () => {
    for (const given of [classes({ top: 2 }), mask(), boxes()])
      expect(refused([1, 5], given, "i32")).toContain(
        "reads f32, but the output is i32[1,5]; cast",
      );
    const net = model("net", { x: [1, 5] }, ({ x }) => ({ a: x, b: x }));
    const same = classes({ as: "" });
    expect(problemsOf(() => interpretModel(net, { a: same, b: same })).join("\n")).toContain(
      "[duplicate-name] 'scores': two outputs would have this name; give one interpretation another `as`",
    );
  });
});

describe("parseInterpretation", () => {
  it("reads kinds, options and values", () => {
    expect(parseInterpretation("classes,top=3,softmax")).toEqual(
      classes({ top: 3, softmax: true }),
    );
    expect(parseInterpretation("boxes,layout=rows,scoreThreshold=.5,keep=false")).toEqual(
      boxes({ layout: "rows", scoreThreshold: 0.5, keep: false }),
    );
    expect(parseInterpretation("mask,a=1:-2.5:3e2,b=4x5,c.d=x:y")).toEqual({
      kind: "mask",
      a: [1, -2.5, 300],
      b: [4, 5],
      c: { d: "x:y" },
    });
    expect(parseInterpretation('{"kind":"classes","as":""}')).toEqual(classes({ as: "" }));
  });

  it.each([
    ["", 'interpretation "" does not begin with its kind; write it as classes,top=5,softmax, or'],
    ["top=5", 'interpretation "top=5" does not begin with its kind'],
    [`classes${",a".repeat(65)}`, "does not begin with its kind"],
    ["classes,,", '"" is no option of the interpretation'],
    ["classes,a.b", '"a.b" is no option'],
    ["classes,__proto__=1", '"__proto__=1" is no option'],
    ["classes,top=1,top=2", "option top of the interpretation is given twice"],
    ["classes,kind=mask", "option kind of the interpretation is given twice"],
    ['{"kind":', "it is not JSON"],
  ])("refuses %j", (text, message) => {
    expect(problemsOf(() => parseInterpretation(text)).join()).toContain(message);
  });
});

describe("readLabels", () => {
  const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
  const read = (text: string): string[] => readLabels(bytesOf(text));

  it("reads one a line, as it is, or an array", () => {
    expect(read("tench\nhen, biddy\n")).toEqual(["tench", "hen, biddy"]);
    expect(read("a\r\nb")).toEqual(["a", "b"]);
    expect(read('\ufeffä\n\u3000\n[\n"')).toEqual(["ä", "\u3000", "[", '"']);
    expect(read(' ["a", "b\\n"]\n')).toEqual(["a", "b\n"]);
  });

  it.each([
    ["nothing", "", "labels: the file is empty"],
    ["no labels", "[]", "labels: the file is empty"],
    ["an empty one", "a\n\nb", "labels: number 1 is empty; each class has a label"],
    ["numbers", "[1]", "labels: the JSON is no array of strings"],
    ["broken JSON", "[a]", "labels: it is not JSON"],
    ["a long one", "x".repeat(1001), "labels: number 0 has 1001 characters, expected at most 1000"],
    ["too many", "a\n".repeat(2 ** 20 + 1), "labels: there are 1048577, expected at most 1048576"],
  ])("refuses %s", (_, text, message) => {
    expect(problemsOf(() => read(text)).join()).toContain(message);
  });

  it("refuses what is not UTF-8", () => {
    expect(problemsOf(() => readLabels(Uint8Array.of(0x61, 0xff))).join()).toContain(
      "[bad-file] labels: the file is not UTF-8",
    );
  });
});
