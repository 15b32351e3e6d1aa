/** Functions of the module for what WebAssembly has no instruction for, or only one that traps. */

/** Called $helper.mod and the like: no kernel is named so. */
export const HELPERS = [
  "quotient",
  "remainder",
  "floordiv",
  "mod",
  "fmod",
  "sdot",
  "usdot",
  "dot16",
] as const;
export type Helper = (typeof HELPERS)[number];

/** Helpers that a helper calls. */
export const NEEDS: Readonly<Record<Helper, readonly Helper[]>> = {
  quotient: [],
  remainder: [],
  floordiv: ["quotient", "remainder"],
  mod: ["remainder"],
  fmod: [],
  sdot: [],
  usdot: [],
  dot16: [],
};

/** Σ of the products of four bytes: those of $b are shifted out and in again with their sign, or without one. */
function dotText(name: string, shift: "shr_s" | "shr_u"): string {
  const byte = (operand: string, index: number, shr: string): string =>
    `(i32.${shr} (i32.shl (local.get $${operand}) (i32.const ${24 - 8 * index})) (i32.const 24))`;
  const product = (index: number): string =>
    `(i32.mul ${byte("a", index, "shr_s")} ${byte("b", index, shift)})`;
  return `(func $helper.${name} (param $a i32) (param $b i32) (result i32)
  (i32.add
    (i32.add ${product(0)} ${product(1)})
    (i32.add ${product(2)} ${product(3)})))`;
}

/** As in the interpreter: a division by 0 yields 0, and −2^31 / −1 wraps. */
export const HELPER_TEXT: Readonly<Record<Helper, string>> = {
  quotient: `(func $helper.quotient (param $a i32) (param $b i32) (result i32)
  (if (i32.eqz (local.get $b)) (then (return (i32.const 0))))
  (if (i32.eq (local.get $b) (i32.const -1))
    (then (return (i32.sub (i32.const 0) (local.get $a)))))
  (i32.div_s (local.get $a) (local.get $b)))`,
  remainder: `(func $helper.remainder (param $a i32) (param $b i32) (result i32)
  (if (i32.eqz (local.get $b)) (then (return (i32.const 0))))
  (i32.rem_s (local.get $a) (local.get $b)))`,
  floordiv: `(func $helper.floordiv (param $a i32) (param $b i32) (result i32)
  (local $rest i32)
  (local.set $rest (call $helper.remainder (local.get $a) (local.get $b)))
  ;; One less where the remainder is not 0 and its sign is not the divisor's.
  (i32.sub
    (call $helper.quotient (local.get $a) (local.get $b))
    (i32.and
      (i32.ne (local.get $rest) (i32.const 0))
      (i32.lt_s (i32.xor (local.get $rest) (local.get $b)) (i32.const 0)))))`,
  mod: `(func $helper.mod (param $a i32) (param $b i32) (result i32)
  (local $rest i32)
  (local.set $rest (call $helper.remainder (local.get $a) (local.get $b)))
  (select
    (i32.add (local.get $rest) (local.get $b))
    (local.get $rest)
    (i32.and
      (i32.ne (local.get $rest) (i32.const 0))
      (i32.lt_s (i32.xor (local.get $rest) (local.get $b)) (i32.const 0)))))`,
  sdot: dotText("sdot", "shr_s"),
  usdot: dotText("usdot", "shr_u"),
  dot16: `(func $helper.dot16 (param $a i32) (param $b i32) (result i32)
  (i32.add
    (i32.mul (i32.extend16_s (local.get $a)) (i32.extend16_s (local.get $b)))
    (i32.mul
      (i32.shr_s (local.get $a) (i32.const 16))
      (i32.shr_s (local.get $b) (i32.const 16)))))`,
  // Subtracts multiples of |b| · 2^29k, the largest k first: each product has at most 53 bits, so all is exact.
  fmod: `(func $helper.fmod (param $a f32) (param $b f32) (result f32)
  (local $rest f64) (local $divisor f64) (local $step f64)
  (local.set $rest (f64.promote_f32 (f32.abs (local.get $a))))
  (local.set $divisor (f64.promote_f32 (f32.abs (local.get $b))))
  ;; Not a number where a is infinite or either is NaN or b is 0.
  (if (i32.eqz
      (i32.and
        (f64.lt (local.get $rest) (f64.const inf))
        (f64.gt (local.get $divisor) (f64.const 0))))
    (then (return (f32.const nan))))
  (if (f64.eq (local.get $divisor) (f64.const inf)) (then (return (local.get $a))))
  (local.set $step (local.get $divisor))
  (block $large
    (loop $grow
      (br_if $large
        (f64.lt (f64.div (local.get $rest) (local.get $step)) (f64.const 536870912)))
      (local.set $step (f64.mul (local.get $step) (f64.const 536870912)))
      (br $grow)))
  (loop $shrink
    (local.set $rest
      (f64.sub
        (local.get $rest)
        (f64.mul
          (f64.trunc (f64.div (local.get $rest) (local.get $step)))
          (local.get $step))))
    ;; The quotient was rounded: up at most, to the next integer.
    (if (f64.lt (local.get $rest) (f64.const 0))
      (then (local.set $rest (f64.add (local.get $rest) (local.get $step)))))
    (if (f64.gt (local.get $step) (local.get $divisor))
      (then
        (local.set $step (f64.div (local.get $step) (f64.const 536870912)))
        (br $shrink))))
  (f32.copysign (f32.demote_f64 (local.get $rest)) (local.get $a)))`,
};
