/** The network in a worker, where a run may sleep while others compute. */
import { load } from "./net.js";
import { compute } from "./network.mjs";

compute(load, 2).then(
  ({ threads, seen }) => postMessage({ threads, seen }),
  (error) => postMessage(String(error)),
);
