/** Packages without declarations of their own. */
declare module 'snappyjs' {
  /** One raw block. @throws when damaged */
  export function uncompress(bytes: Buffer): Buffer
  export function compress(bytes: Buffer): Buffer
}
