/** Declarations of packages that have none. */
declare module 'snappyjs' {
  /** @throws if the block is damaged */
  export function uncompress(bytes: Buffer): Buffer
  export function compress(bytes: Buffer): Buffer
}
