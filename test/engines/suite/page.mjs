/** The suite in a browser: results, progress of loading and what an abort does, posted to the server. */
import { importModel, runSuite } from "./suite.mjs";

const post = (path, body) => fetch(path, { method: "POST", body: JSON.stringify(body) });

try {
  const manifest = await (await fetch("manifest.json")).json();
  const progress = [];
  const results = await runSuite(manifest, { onProgress: (one) => progress.push(one) });
  const weighty = manifest.find(({ weights }) => weights);
  const { load } = await importModel(weighty.file);
  const aborted = await load({ signal: AbortSignal.abort() }).catch((error) => error.name);
  const missing = await load({ weights: "absent.bin" }).catch((error) => error.message);
  const page = await load({ weights: "index.html" }).catch((error) => error.message);
  let evaluated = true;
  try {
    // eslint-disable-next-line no-eval -- that the policy forbids it is what is tried
    globalThis.eval("1");
  } catch {
    evaluated = false;
  }
  await post("/result", { results, progress, aborted, missing, page, evaluated });
} catch (error) {
  await post("/error", `${error?.stack ?? error}`);
}
