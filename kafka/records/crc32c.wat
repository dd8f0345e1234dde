;; CRC-32C (Castagnoli), sixteen bytes a step ("slicing-by-16"). crc32c.ts writes the sixteen tables of 256 numbers to the
;; first 16 KiB of the memory and the bytes to the next 64 KiB. "node --import tsx test/harness/compile-wasm.ts" compiles
;; this file to crc32c.wasm.ts.
(module
  (memory (export "memory") 2 2)

  ;; Updates a checksum with the bytes from $at to before $end.
  (func (export "update") (param $crc i32) (param $at i32) (param $end i32) (result i32)
    (local $first i32) (local $second i32) (local $third i32) (local $fourth i32)
    (block $rest (loop $step
      (br_if $rest (i32.gt_u (i32.add (local.get $at) (i32.const 16)) (local.get $end)))
      (local.set $first (i32.xor (local.get $crc) (i32.load (local.get $at))))
      (local.set $second (i32.load offset=4 (local.get $at)))
      (local.set $third (i32.load offset=8 (local.get $at)))
      (local.set $fourth (i32.load offset=12 (local.get $at)))
      ;; Table number n starts at n * 1024. It holds the effect of a byte that n other bytes follow.
      (local.set $crc
        (i32.xor
          (i32.xor
            (i32.xor
              (i32.xor
                (i32.load offset=15360 (i32.shl (i32.and (local.get $first) (i32.const 255)) (i32.const 2)))
                (i32.load offset=14336 (i32.and (i32.shr_u (local.get $first) (i32.const 6)) (i32.const 1020))))
              (i32.xor
                (i32.load offset=13312 (i32.and (i32.shr_u (local.get $first) (i32.const 14)) (i32.const 1020)))
                (i32.load offset=12288 (i32.and (i32.shr_u (local.get $first) (i32.const 22)) (i32.const 1020)))))
            (i32.xor
              (i32.xor
                (i32.load offset=11264 (i32.shl (i32.and (local.get $second) (i32.const 255)) (i32.const 2)))
                (i32.load offset=10240 (i32.and (i32.shr_u (local.get $second) (i32.const 6)) (i32.const 1020))))
              (i32.xor
                (i32.load offset=9216 (i32.and (i32.shr_u (local.get $second) (i32.const 14)) (i32.const 1020)))
                (i32.load offset=8192 (i32.and (i32.shr_u (local.get $second) (i32.const 22)) (i32.const 1020))))))
          (i32.xor
            (i32.xor
              (i32.xor
                (i32.load offset=7168 (i32.shl (i32.and (local.get $third) (i32.const 255)) (i32.const 2)))
                (i32.load offset=6144 (i32.and (i32.shr_u (local.get $third) (i32.const 6)) (i32.const 1020))))
              (i32.xor
                (i32.load offset=5120 (i32.and (i32.shr_u (local.get $third) (i32.const 14)) (i32.const 1020)))
                (i32.load offset=4096 (i32.and (i32.shr_u (local.get $third) (i32.const 22)) (i32.const 1020)))))
            (i32.xor
              (i32.xor
                (i32.load offset=3072 (i32.shl (i32.and (local.get $fourth) (i32.const 255)) (i32.const 2)))
                (i32.load offset=2048 (i32.and (i32.shr_u (local.get $fourth) (i32.const 6)) (i32.const 1020))))
              (i32.xor
                (i32.load offset=1024 (i32.and (i32.shr_u (local.get $fourth) (i32.const 14)) (i32.const 1020)))
                (i32.load (i32.and (i32.shr_u (local.get $fourth) (i32.const 22)) (i32.const 1020))))))))
      (local.set $at (i32.add (local.get $at) (i32.const 16)))
      (br $step)))
    (block $done (loop $byte
      (br_if $done (i32.ge_u (local.get $at) (local.get $end)))
      (local.set $crc
        (i32.xor
          (i32.shr_u (local.get $crc) (i32.const 8))
          (i32.load
            (i32.shl
              (i32.and (i32.xor (local.get $crc) (i32.load8_u (local.get $at))) (i32.const 255))
              (i32.const 2)))))
      (local.set $at (i32.add (local.get $at) (i32.const 1)))
      (br $byte)))
    (local.get $crc)))
