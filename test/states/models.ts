/** Models with states for tests: cells, states that change places, and some of every element type. */
import { parseDefinition } from "../../compiler/graph/text/parse.js";

/** One state is written in place, the other is returned, too. */
export const CELL =
  parseDefinition(`model cell(%frame: f32[1,8], %hidden: f32[1,8], %memory: f32[1,8]) {
  %both = concat(%frame, %hidden) {axis=1}
  %gates = matmul(%both, @w)
  %keep = sigmoid(%gates)
  %new = tanh(%gates)
  %kept = mul(%keep, %memory)
  %grown = add(%kept, %new)
  %shown = tanh(%grown)
  %next = mul(%shown, %keep)
  state %hidden = next from @first
  state %memory = grown keep
  return next = %next, grown = %grown
}
@w : f32[16,8] = seed 5 center 0 spread 1
@first : f32[1,8] = seed 6 center 0 spread 1
`);

/** The last inputs: each state is what the one before was, and the first two change places. */
export const LINE = parseDefinition(`model line(%x: f32[3], %a: f32[3], %b: f32[3], %c: f32[3]) {
  %older = mul(%b, @half)
  %sum = add(%older, %x)
  %y = add(%sum, %c)
  state %a = b from @first
  state %b = a
  state %c = x
  return y = %y, a = %a, b = %b, x = %x
}
@half : f32[] = [0.5]
@first : f32[3] = [1, 2, 3]
`);

/** Of every element type one that grows. */
export const TYPES = parseDefinition(
  `model types(%x: f32[2], %n: i64[2], %i: i32[2], %u: u8[2], %s: i8[2], %p: bool[2]) {
  %f = add(%x, %x)
  %nn = add(%n, @one)
  %ii = sub(%i, @two)
  %uu = max(%u, @seven)
  %ss = min(%s, @less)
  %pp = not(%p)
  state %n = nn keep from @most
  state %i = ii keep
  state %u = uu keep
  state %s = ss keep from @byte
  state %p = pp keep from @yes
  return f = %f, nn = %nn, ii = %ii, uu = %uu, ss = %ss, pp = %pp
}
@one : i64[2] = [1, -1]
@two : i32[2] = [1, -1]
@seven : u8[2] = [7, 0]
@less : i8[2] = [-7, 127]
@most : i64[2] = [41, -41]
@byte : i8[2] = [5, -128]
@yes : bool[2] = [true, false]
`.replace("[true, false]", "[1, 0]"),
);
