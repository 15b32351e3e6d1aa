/**
 * `npm run bench`: what Tilewright's modules do against other engines on the same models, one thread each.
 * `--json` prints the same as JSON; `--case TEXT` keeps the cases whose names contain the text.
 */
import { parseArgs } from "node:util";
import { convolutions } from "./convolutions.js";
import { installPeers } from "./installed.js";
import { measure, type Budget, type Measured } from "./measure.js";
import type { Case, Peer } from "./peer.js";
import { printReport, reportOf } from "./report.js";
import { tensorflowCpu } from "./tensorflow.js";
import { tilewright } from "./tilewright.js";

interface Suite {
  readonly cases: () => Case[];
  readonly ours: Peer;
  readonly peers: readonly (() => Promise<Peer>)[];
  readonly budget: Budget;
}

/** The peer takes up to two seconds a run. */
const SUITES: readonly Suite[] = [
  {
    cases: convolutions,
    ours: tilewright("ts"),
    peers: [tensorflowCpu],
    budget: { seconds: 10, leastPairs: 5, mostPairs: 41 },
  },
];

const { values: options } = parseArgs({
  options: { json: { type: "boolean", default: false }, case: { type: "string", default: "" } },
});
installPeers();
const results: Measured[] = [];
const engines: Record<string, string> = {};
for (const { cases, ours, peers, budget } of SUITES) {
  engines[ours.name] = ours.version;
  for (const open of peers) {
    const peer = await open();
    engines[peer.name] = peer.version;
    for (const one of cases().filter(({ name }) => name.includes(options.case))) {
      process.stderr.write(`${one.name}: ${ours.name} and ${peer.name} by turns\n`);
      const measured = await measure(one, ours, peer, budget);
      if (measured !== undefined) results.push(measured);
    }
  }
}
const report = reportOf(results, engines);
console.log(options.json ? JSON.stringify(report, undefined, 2) : printReport(report));
