;; Writes consecutive records of one key (Kafka documentation, "Record"). numbered-records.ts defines the layout of the memory.
;; "node --import tsx test/harness/compile-wasm.ts" compiles this file to numbered-records.wasm.ts.
(module
  (memory (export "memory") 12 12)

  ;; Returns the length of a varint. Numbers from 0 on are doubled (zigzag).
  (func $varintBytes (param $number i32) (result i32)
    (i32.div_u
      (i32.sub (i32.const 38) (i32.clz (i32.or (i32.shl (local.get $number) (i32.const 1)) (i32.const 1))))
      (i32.const 7)))

  ;; Returns the end of the written varint.
  (func $writeVarint (param $to i32) (param $number i32) (result i32)
    (local.set $number (i32.shl (local.get $number) (i32.const 1)))
    (block $last (loop $next
      (br_if $last (i32.lt_u (local.get $number) (i32.const 128)))
      (i32.store8 (local.get $to) (i32.or (local.get $number) (i32.const 128)))
      (local.set $number (i32.shr_u (local.get $number) (i32.const 7)))
      (local.set $to (i32.add (local.get $to) (i32.const 1)))
      (br $next)))
    (i32.store8 (local.get $to) (local.get $number))
    (i32.add (local.get $to) (i32.const 1)))

  ;; Returns the end of the copy. Copies sixteen bytes a step, so it also changes up to sixteen bytes after the end.
  (func $copy (param $from i32) (param $bytes i32) (param $to i32) (result i32)
    (local $end i32)
    (local.set $end (i32.add (local.get $to) (local.get $bytes)))
    (loop $step
      (v128.store align=1 (local.get $to) (v128.load align=1 (local.get $from)))
      (local.set $from (i32.add (local.get $from) (i32.const 16)))
      (local.set $to (i32.add (local.get $to) (i32.const 16)))
      (br_if $step (i32.lt_u (local.get $to) (local.get $end))))
    (local.get $end))

  ;; Increments the decimal number before $end. Returns 0 if its digits are all 9.
  (func $increment (param $end i32) (result i32)
    (local $digit i32)
    (local.set $end (i32.sub (local.get $end) (i32.const 1)))
    (block $found (loop $carry
      (local.set $digit (i32.load8_u (local.get $end)))
      (br_if $found (i32.ne (local.get $digit) (i32.const 57)))
      (i32.store8 (local.get $end) (i32.const 48))
      (local.set $end (i32.sub (local.get $end) (i32.const 1)))
      (br $carry)))
    (i32.store8 (local.get $end) (i32.add (local.get $digit) (i32.const 1)))
    (i32.and (i32.ge_u (local.get $digit) (i32.const 48)) (i32.lt_u (local.get $digit) (i32.const 57))))

  ;; Writes a record for each range from $range to before $lastRange, until one would end after $limit. Each range has the
  ;; start and the end of a value, relative to $values. Returns the end of the written ranges and of the records.
  (func (export "write")
    (param $range i32) (param $lastRange i32) (param $values i32)
    (param $key i32) (param $keyBytes i32) (param $headers i32) (param $headersBytes i32)
    (param $offset i32) (param $to i32) (param $limit i32) (result i32 i32)
    (local $from i32) (local $valueBytes i32) (local $bytes i32)
    (block $end (loop $record
      (br_if $end (i32.ge_u (local.get $range) (local.get $lastRange)))
      (local.set $from (i32.load (local.get $range)))
      (local.set $valueBytes (i32.sub (i32.load offset=4 (local.get $range)) (local.get $from)))
      ;; The record's length without its own length: attributes and timestamp have one byte each.
      (local.set $bytes
        (i32.add
          (i32.add
            (i32.add (i32.const 2) (call $varintBytes (local.get $offset)))
            (i32.add (local.get $keyBytes) (call $varintBytes (local.get $valueBytes))))
          (i32.add (local.get $valueBytes) (local.get $headersBytes))))
      (br_if $end
        (i32.gt_u
          (i32.add (i32.add (local.get $to) (local.get $bytes)) (call $varintBytes (local.get $bytes)))
          (local.get $limit)))
      (local.set $to (call $writeVarint (local.get $to) (local.get $bytes)))
      (i32.store16 align=1 (local.get $to) (i32.const 0))
      (local.set $to (call $writeVarint (i32.add (local.get $to) (i32.const 2)) (local.get $offset)))
      (local.set $to (call $copy (local.get $key) (local.get $keyBytes) (local.get $to)))
      (local.set $to (call $writeVarint (local.get $to) (local.get $valueBytes)))
      (local.set $to
        (call $copy (i32.add (local.get $values) (local.get $from)) (local.get $valueBytes) (local.get $to)))
      (local.set $to (call $copy (local.get $headers) (local.get $headersBytes) (local.get $to)))
      (local.set $offset (i32.add (local.get $offset) (i32.const 1)))
      (local.set $range (i32.add (local.get $range) (i32.const 8)))
      (br_if $record (call $increment (i32.add (local.get $headers) (local.get $headersBytes))))))
    (local.get $range)
    (local.get $to)))
