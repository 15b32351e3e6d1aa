/**
 * simplify: removes what changes nothing, merges what can be one node, and writes idioms as the ops they are.
 * The rules lie in simplify/, each with its before => after.
 *
 *   %p = pad(%x) {pads=[0,0,1,1,0,0,1,1]}
 *   %c = conv(%p, @w)                           %c = conv(%x, @w) {pads=[1,1,1,1]}
 *   %d = dropout(%c)                      =>    %y = silu(%c)
 *   %s = sigmoid(%d)
 *   %y = mul(%d, %s)
 */
import type { Pass } from "./pass.js";
import { activationRules } from "./simplify/activations.js";
import { boundRules } from "./simplify/bounds.js";
import { concatRules } from "./simplify/concats.js";
import { geluRules } from "./simplify/gelu.js";
import { layerNormRules } from "./simplify/layerNorm.js";
import { movementRules } from "./simplify/movement.js";
import { linearRules } from "./simplify/linear.js";
import { noOpRules } from "./simplify/noOps.js";
import { padRules } from "./simplify/pads.js";
import { poolRules } from "./simplify/pools.js";
import { powerRules } from "./simplify/powers.js";
import { tapRules } from "./simplify/taps.js";

export const simplify: Pass = {
  name: "simplify",
  stages: [
    [
      ...noOpRules,
      ...movementRules,
      ...concatRules,
      ...boundRules,
      ...powerRules,
      ...activationRules,
      ...geluRules,
      ...layerNormRules,
      ...padRules,
      ...tapRules,
      ...poolRules,
      ...linearRules,
    ],
  ],
};
