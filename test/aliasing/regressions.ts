/** Models that were once compiled to modules that compute wrong numbers, by what was wrong. */

/** By what was wrong: an input, or a value read again, had a border that the copy of inputs knows nothing of. */
const BORDERS: Readonly<Record<string, string>> = {
  "an image with channels last before a padded convolution": `(%x: f32[1,5,5,3]) {
  %t = transpose(%x) {permutation=[0,3,1,2]}
  %y = conv(%t, @w) {pads=[1,1,1,1]}
  return y = %y
}`,
  "two images with channels last before a padded convolution": `(%x: f32[2,5,5,3]) {
  %t = transpose(%x) {permutation=[0,3,1,2]}
  %y = conv(%t, @w) {pads=[1,1,1,1]}
  return y = %y
}`,
  "a slice of an input before a padded convolution": `(%x: f32[1,6,5,5]) {
  %s = slice(%x) {starts=[2], ends=[5], axes=[1]}
  %y = conv(%s, @w) {pads=[1,1,1,1]}
  return y = %y
}`,
  "a flip of an input before a padded convolution": `(%x: f32[1,3,5,5]) {
  %s = slice(%x) {starts=[-1], ends=[-9], axes=[3], steps=[-1]}
  %y = conv(%s, @w) {pads=[1,1,1,1]}
  return y = %y
}`,
  "an input with its channels turned round before a padded convolution": `(%x: f32[1,3,5,5]) {
  %s = slice(%x) {starts=[-1], ends=[-9], axes=[1], steps=[-1]}
  %y = conv(%s, @w) {pads=[1,1,1,1]}
  return y = %y
}`,
  "a constant pad before a pointwise op": `(%x: f32[2,3,4,4]) {
  %p = pad(%x) {pads=[0,0,1,1,0,0,1,1]}
  %y = relu(%p)
  return y = %y
}`,
  "a reflecting pad of an input": `(%x: f32[1,3,4,4]) {
  %y = pad(%x) {pads=[0,0,1,1,0,0,1,1], mode="reflect"}
  return y = %y
}`,
  "a replicating pad of an input": `(%x: f32[1,3,4,4]) {
  %y = pad(%x) {pads=[0,0,1,1,0,0,1,1], mode="replicate"}
  return y = %y
}`,
  "a circular pad of an input": `(%x: f32[1,3,4,4]) {
  %y = pad(%x) {pads=[0,0,1,1,0,0,1,1], mode="circular"}
  return y = %y
}`,
  "a padded convolution of a part, then one of the whole": `(%x: f32[1,4,5,5]) {
  %p = relu(%x)
  %s = slice(%p) {starts=[0], ends=[3], axes=[1]}
  %a = conv(%s, @w) {pads=[1,1,1,1]}
  %b = conv(%p, @v) {pads=[1,1,1,1]}
  %y = add(%a, %b)
  return y = %y
}`,
  "a padded convolution of the whole, then one of a part": `(%x: f32[1,4,5,5]) {
  %p = relu(%x)
  %b = conv(%p, @v) {pads=[1,1,1,1]}
  %s = slice(%p) {starts=[1], ends=[4], axes=[1]}
  %a = conv(%s, @w) {pads=[1,1,1,1]}
  %y = add(%a, %b)
  return y = %y
}`,
  "a padded convolution of a few rows, then one of the whole": `(%x: f32[1,4,5,5]) {
  %p = relu(%x)
  %s = slice(%p) {starts=[0], ends=[3], axes=[2]}
  %a = conv(%s, @v) {pads=[1,1,0,1]}
  %b = conv(%p, @v) {pads=[1,1,1,1]}
  return a = %a, b = %b
}`,
  "two readers that find other numbers beyond the edge": `(%x: f32[1,3,5,5]) {
  %p = relu(%x)
  %a = conv(%p, @w) {pads=[1,1,1,1]}
  %b = conv(%p, @w) {pads=[1,1,1,1], padMode="reflect"}
  %c = maxPool(%p) {kernel=[3,3], pads=[1,1,1,1]}
  return a = %a, b = %b, c = %c
}`,
};

/** Written over something that was still read under another name. */
const OVERWRITTEN: Readonly<Record<string, string>> = {
  "a value less a part of itself": `(%x: f32[2,5]) {
  %a = relu(%x)
  %s = slice(%a) {starts=[0], ends=[1], axes=[1]}
  %y = sub(%a, %s)
  return y = %y
}`,
  "images less their first channel": `(%x: f32[2,3,4,4]) {
  %a = relu(%x)
  %s = slice(%a) {starts=[0], ends=[1], axes=[1]}
  %y = sub(%a, %s)
  return y = %y
}`,
  "images less the first of them": `(%x: f32[2,3,4,4]) {
  %a = relu(%x)
  %s = slice(%a) {starts=[0], ends=[1], axes=[0]}
  %y = sub(%a, %s)
  return y = %y
}`,
  "a value plus its transpose": `(%x: f32[5,5]) {
  %a = relu(%x)
  %t = transpose(%a)
  %y = add(%a, %t)
  return y = %y
}`,
  "a value plus a product with its transpose": `(%x: f32[5,5]) {
  %a = relu(%x)
  %t = transpose(%a)
  %p = matmul(%t, @m)
  %y = add(%p, %a)
  return y = %y
}`,
  "a value less itself the other way round": `(%x: f32[2,6]) {
  %a = tanh(%x)
  %f = slice(%a) {starts=[-1], ends=[-9], axes=[1], steps=[-1]}
  %y = sub(%a, %f)
  return y = %y
}`,
  "a dense residual block whose result is read twice": `(%x: f32[1,4,6,6]) {
  %y = conv(%x, @v) {pads=[1,1,1,1]}
  %c = conv(%y, @v2) {pads=[1,1,1,1]}
  %cat = concat(%y, %c) {axis=1}
  %d = conv(%cat, @v3) {pads=[1,1,1,1]}
  %z = add(%d, %y)
  %e = conv(%z, @v2) {pads=[1,1,1,1]}
  %cat2 = concat(%z, %e) {axis=1}
  %f = conv(%cat2, @v3) {pads=[1,1,1,1]}
  %out = add(%f, %z)
  return out = %out
}
@v2 : f32[4,4,3,3] = seed 4 center 0 spread 0.2
@v3 : f32[4,8,3,3] = seed 5 center 0 spread 0.2`,
};

/** Left where it did not lie. */
const MOVED: Readonly<Record<string, string>> = {
  "a concat of a concat of equal operands": `(%x: f32[1,4]) {
  %a = relu(%x)
  %c = concat(%a, %a) {axis=1}
  %y = concat(%c, %a) {axis=1}
  return y = %y
}`,
  "a concat of equal operands that comes last": `(%x: f32[1,4]) {
  %a = relu(%x)
  %c = concat(%a, %a) {axis=1}
  %y = concat(%a, %c) {axis=1}
  return y = %y
}`,
};

/** Named like something that the compiler has made. */
const NAMED: Readonly<Record<string, string>> = {
  "a value called like a temporary": `(%x: f32[2,6]) {
  %x.k.rank = relu(%x)
  %x.k = topKIndices(%x) {k=3, axis=1}
  return y = %x.k, rank = %x.k.rank
}`,
  "values called like the temporaries of a softmax": `(%x: f32[3,5]) {
  %s.e = tanh(%x)
  %s.max = relu(%x)
  %s = softmax(%x)
  %p = matmul(%s, @m)
  return p = %p, e = %s.e, max = %s.max
}`,
  "a constant called like a table": `(%x: f32[1,1,4,4]) {
  %p = averagePool(%x) {kernel=[3,3], pads=[1,1,1,1]}
  %y = mul(%p, @"#p.counts_oh")
  return y = %y
}
@"#p.counts_oh" : f32[4] = [5, 7, 11, 13]`,
  "a value called like a copy of another": `(%x: f32[1,3,5,5]) {
  %"x.relayout" = tanh(%x)
  %"%x.relayout" = conv(%"x.relayout", @w) {pads=[1,1,1,1]}
  %y = conv(%x, @w) {pads=[1,1,1,1]}
  return y = %y, z = %"%x.relayout", t = %"x.relayout"
}`,
};

/** Loops that a schedule merged before it was known how a constant would lie. */
const MERGED: Readonly<Record<string, string>> = {
  "a pool of a value and a constant": `(%x: f32[1,5,4,4]) {
  %a = max(%x, @b)
  %p = maxPool(%a) {kernel=[2,2], strides=[2,2]}
  %y = slice(%p) {axes=[1], starts=[4], ends=[5]}
  return y = %y
}
@b : f32[1,5,4,4] = seed 6 center 0 spread 1`,
};

/** Bodies of models by what they are, by what has to hold. */
export const MODELS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "borders are there for who reads them": BORDERS,
  "nothing is overwritten that is read under another name": OVERWRITTEN,
  "parts lie where they are looked for": MOVED,
  "names mean what they name": NAMED,
  "loops are merged where elements follow one another": MERGED,
};
