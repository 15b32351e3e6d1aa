/** Preparations on a command line. */
import { describe, expect, it } from "vitest";
import { parsePreparation } from "../../../compiler/frontend/preparation/kinds.js";
import { problemsOf } from "../../support/problems.js";

describe("parsePreparation", () => {
  it.each([
    ["image", { kind: "image" }],
    [
      "image,from=rgb8,size=480x640,fit=crop,shorterSide=256,mean=0.485:0.456:0.406,std=.5,scale=1e-3",
      {
        kind: "image",
        from: "rgb8",
        size: [480, 640],
        fit: "crop",
        shorterSide: 256,
        mean: [0.485, 0.456, 0.406],
        std: 0.5,
        scale: 1e-3,
      },
    ],
    ["image,exact", { kind: "image", exact: true }],
    ["image,size.upTo=1080x1920", { kind: "image", size: { upTo: [1080, 1920] } }],
    ["audio,center=true,mean=-1:2", { kind: "audio", center: true, mean: [-1, 2] }],
    ["audio,log", { kind: "audio", log: true }],
    ['{"kind":"image","size":[4,5]}', { kind: "image", size: [4, 5] }],
  ])("reads %s", (text, expected) => {
    expect(parsePreparation(text)).toEqual(expected);
  });

  it.each([
    ["", 'preparation "" does not begin with its kind'],
    ["size=4x5", "does not begin with its kind"],
    [`image${",a=1".repeat(100)}`, "does not begin with its kind"],
    ["image,,", '"" is no option of the preparation'],
    ["image,size.upTo", '"size.upTo" is no option of the preparation'],
    ["image,size=", '"size=" is no option'],
    ["image,a.b.c=1", "is no option"],
    ["image,__proto__=1", "is no option"],
    ["image,fit=crop,fit=crop", "option fit of the preparation is given twice"],
    ["image,kind=audio", "option kind of the preparation is given twice"],
    ["image,size=1x2,size.upTo=1x2", "option size of the preparation is given twice"],
    ["{", "it is not JSON"],
    ['{"kind":"image","kind":"image"}', "key 'kind' is there twice"],
  ])("refuses %s", (text, message) => {
    const problems = problemsOf(() => parsePreparation(text));
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain("[usage]");
    expect(problems[0]).toContain(message);
  });
});
