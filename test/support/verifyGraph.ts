/** Asserts that a Graph is one: passes are tested by verifying what they return. */
import { formatProblem } from "../../compiler/base/error.js";
import type { Graph } from "../../compiler/graph/graph.js";
import { graphProblems } from "../../compiler/graph/verify.js";

/** Throws an Error that lists everything by which `graph` is not a legal Graph. */
export function verifyGraph(graph: Graph): void {
  const problems = graphProblems(graph);
  if (problems.length === 0) return;
  throw new Error(`graph ${graph.name}:\n${problems.map(formatProblem).join("\n")}`);
}
