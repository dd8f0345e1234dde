/** The packages without declarations of their own, as far as they are used. */
declare module 'snappyjs' {
  /** Of one raw block. @throws when it is damaged */
  export function uncompress(bytes: Buffer): Buffer
  export function compress(bytes: Buffer): Buffer
}
