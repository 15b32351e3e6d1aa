/** The verbs of the command line, in the order in which help lists them. */
import { bench } from "./bench.js";
import { build } from "./build.js";
import { check } from "./check.js";
import { compare } from "./compare.js";
import { dump } from "./dump.js";
import { explainNode } from "./explainNode.js";
import { exportVerb } from "./export.js";
import { init } from "./init.js";
import { quantize } from "./quantize.js";
import { report } from "./report.js";
import { run } from "./run.js";
import { summary } from "./summary.js";
import { types } from "./types.js";
import { verify } from "./verify.js";
import type { Verb } from "./verb.js";

export const verbs: readonly Verb[] = [
  build,
  run,
  compare,
  verify,
  check,
  report,
  explainNode,
  summary,
  dump,
  exportVerb,
  quantize,
  bench,
  types,
  init,
];
