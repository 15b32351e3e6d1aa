/** Operands and attributes that ops refuse, with the code and the part of the message that holds the numbers. */
import { alongAxis } from "./alongAxis.js";
import { conv } from "./conv.js";
import { gather } from "./gather.js";
import { movement } from "./movement.js";
import { norm } from "./norm.js";
import { pointwise } from "./pointwise.js";
import { pool } from "./pool.js";
import { product } from "./product.js";
import type { Rejected } from "./rejected.js";
import { resample } from "./resample.js";

export const rejected: Rejected = [
  ...pointwise,
  ...product,
  ...alongAxis,
  ...norm,
  ...pool,
  ...resample,
  ...movement,
  ...gather,
  ...conv,
];

export type { Given } from "./rejected.js";
