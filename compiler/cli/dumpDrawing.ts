/** `dump --format`, and the drawing of `report --svg`: one form of a model as a text that others draw. */
import { fail } from "../base/error.js";
import { suggestion } from "../base/suggest.js";
import { planModel, type PlanOptions } from "../compile.js";
import type { Definition } from "../graph/definition.js";
import { allTexts, isSet, oneText, type Given } from "../project/given.js";
import type { Views } from "../report-page/data.js";
import { exportView, type Format } from "../report-page/export.js";
import { collectViews } from "../report-page/views.js";

/** The form that --stage or --print-after names; the graph after all passes by default. Throws CompileError. */
export function drawForm(
  definition: Definition,
  options: PlanOptions,
  given: Given,
  format: Format,
): string {
  const [after, ...more] = allTexts(given, "printAfter");
  if (more.length > 0 || isSet(given, "printAfterAll"))
    fail("usage", "--format draws one form: name one pass with --print-after, or a --stage");
  const collector = collectViews();
  planModel(definition, { ...options, observe: collector.observe });
  const views = collector.views(definition);
  const at = positionOf(views, after ?? oneText(given, "stage") ?? "graph");
  return exportView(views, at, format, { unfold: isSet(given, "unfold"), title: definition.name });
}

/** The view of a name: `definition`, a pass, or `graph` and `program` for the last of either kind. */
export function positionOf({ views }: Views, name: string): number {
  const kinds = views.findLastIndex(({ kind }) => kind === name);
  const at = kinds >= 0 ? kinds : views.findIndex((view) => view.name === name);
  const names = ["graph", "program", ...views.map((view) => view.name)];
  if (at < 0)
    fail("usage", `there is no drawing of '${name}': there is one of ${names.join(", ")}`, {
      ...suggestion(name, names),
    });
  return at;
}
