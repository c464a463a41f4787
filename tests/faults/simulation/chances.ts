export { createHash } from 'node:crypto'

/** What the product imports from `node:crypto`, by the chance of the simulation. */
export const randomBytes = (count: number): Buffer =>
  Buffer.from(globalThis.crypto.getRandomValues(new Uint8Array(count)))
