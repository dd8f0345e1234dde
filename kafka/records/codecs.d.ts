/** Packages without declarations of their own. */
declare module 'snappyjs' {
  /** Decompresses one raw block. @throws if the block is damaged */
  export function uncompress(bytes: Buffer): Buffer
  export function compress(bytes: Buffer): Buffer
}
