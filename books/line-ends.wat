;; Finds line ends, sixteen bytes a step. line-ends.ts writes the bytes to the first 64 KiB of the memory, with sixteen
;; bytes of zeros after them. "node --import tsx test/harness/compile-wasm.ts" compiles this file to line-ends.wasm.ts.
(module
  (memory (export "memory") 6 6)

  ;; Writes the positions of all \n and \r from 0 to before $end to $to, as four bytes each. Returns the end of the positions.
  (func (export "find") (param $end i32) (param $to i32) (result i32)
    (local $at i32) (local $bytes v128) (local $found i32)
    (block $done (loop $step
      (br_if $done (i32.ge_u (local.get $at) (local.get $end)))
      (local.set $bytes (v128.load (local.get $at)))
      ;; One bit for each byte that is a line end.
      (local.set $found
        (i8x16.bitmask
          (v128.or
            (i8x16.eq (local.get $bytes) (i8x16.splat (i32.const 10)))
            (i8x16.eq (local.get $bytes) (i8x16.splat (i32.const 13))))))
      (block $none (loop $next
        (br_if $none (i32.eqz (local.get $found)))
        (i32.store (local.get $to) (i32.add (local.get $at) (i32.ctz (local.get $found))))
        (local.set $to (i32.add (local.get $to) (i32.const 4)))
        ;; Clears the lowest bit.
        (local.set $found (i32.and (local.get $found) (i32.sub (local.get $found) (i32.const 1))))
        (br $next)))
      (local.set $at (i32.add (local.get $at) (i32.const 16)))
      (br $step)))
    (local.get $to)))
