/** Packages without declarations of their own. */
declare module 'snappyjs' {
  /** @throws if the block is damaged */
  export function uncompress(bytes: Buffer): Buffer
  export function compress(bytes: Buffer): Buffer
}
