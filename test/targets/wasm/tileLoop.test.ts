/** How parallel loops print as WebAssembly: of their tiles those of a piece, behind what is prepared for them. */
import { expect, it } from "vitest";
import { printFunction } from "../../../compiler/targets/wasm/print.js";
import { prepared } from "../../loop/tiledKernels.js";

it("prints tiles of inner loops behind what prepares them, unless that is there", () => {
  expect(printFunction("kernel", prepared, "plain").text).toMatchInlineSnapshot(`
    ";; prepared
    (func $kernel (param $x i32) (param $e i32) (param $out i32) (param $tiles.begin i32) (param $tiles.end i32) (param $tiles.ran i32)
      (local $n i32) (local $n.end i32) (local $n.tile i32) (local $x_n i32) (local $out_n i32)
      (local $c i32) (local $x_n_c i32) (local $e_c i32) (local $xv f32) (local $o i32)
      (local $o.end i32) (local $out_n_o i32) (local $c1 i32) (local $e_c1 i32)
      (local $out_n_o_c1 i32)
      (local.set $n
        (select
          (i32.div_s (local.get $tiles.begin) (i32.const 16))
          (i32.const 0)
          (i32.gt_s (i32.div_s (local.get $tiles.begin) (i32.const 16)) (i32.const 0))))
      (local.set $n.end
        (select
          (i32.div_s (i32.add (local.get $tiles.end) (i32.const 15)) (i32.const 16))
          (i32.const 2)
          (i32.lt_s
            (i32.div_s (i32.add (local.get $tiles.end) (i32.const 15)) (i32.const 16))
            (i32.const 2))))
      (if
        (i32.lt_s (local.get $n) (local.get $n.end))
        (then
          (loop $n
            (local.set $n.tile (i32.mul (local.get $n) (i32.const 16)))
            (local.set $x_n (i32.add (local.get $x) (i32.mul (local.get $n) (i32.const 12))))
            (local.set $out_n (i32.add (local.get $out) (i32.mul (local.get $n) (i32.const 192))))
            (if
              (i32.eqz
                (i32.and
                  (i32.le_s (local.get $n.tile) (local.get $tiles.begin))
                  (i32.lt_u (i32.sub (local.get $tiles.ran) (local.get $n.tile)) (i32.const 16))))
              (then
                (local.set $c (i32.const 0))
                (loop $c
                  (local.set $x_n_c (i32.add (local.get $x_n) (i32.mul (local.get $c) (i32.const 4))))
                  (local.set $e_c (i32.add (local.get $e) (i32.mul (local.get $c) (i32.const 4))))
                  (local.set $xv (f32.load (local.get $x_n_c)))
                  (f32.store (local.get $e_c) (f32.mul (local.get $xv) (local.get $xv)))
                  (br_if $c
                    (i32.lt_s (local.tee $c (i32.add (local.get $c) (i32.const 1))) (i32.const 3))))))
            (local.set $o
              (select
                (i32.sub (local.get $tiles.begin) (local.get $n.tile))
                (i32.const 0)
                (i32.gt_s (i32.sub (local.get $tiles.begin) (local.get $n.tile)) (i32.const 0))))
            (local.set $o.end
              (select
                (i32.sub (local.get $tiles.end) (local.get $n.tile))
                (i32.const 16)
                (i32.lt_s (i32.sub (local.get $tiles.end) (local.get $n.tile)) (i32.const 16))))
            (if
              (i32.lt_s (local.get $o) (local.get $o.end))
              (then
                (loop $o
                  (local.set $out_n_o
                    (i32.add (local.get $out_n) (i32.mul (local.get $o) (i32.const 12))))
                  (local.set $c1 (i32.const 0))
                  (loop $c1
                    (local.set $e_c1 (i32.add (local.get $e) (i32.mul (local.get $c1) (i32.const 4))))
                    (local.set $out_n_o_c1
                      (i32.add (local.get $out_n_o) (i32.mul (local.get $c1) (i32.const 4))))
                    (f32.store
                      (local.get $out_n_o_c1)
                      (f32.mul (f32.load (local.get $e_c1)) (f32.const 2)))
                    (br_if $c1
                      (i32.lt_s (local.tee $c1 (i32.add (local.get $c1) (i32.const 1))) (i32.const 3))))
                  (br_if $o
                    (i32.lt_s (local.tee $o (i32.add (local.get $o) (i32.const 1))) (local.get $o.end))))))
            (br_if $n
              (i32.lt_s (local.tee $n (i32.add (local.get $n) (i32.const 1))) (local.get $n.end)))))))
    "
  `);
});
