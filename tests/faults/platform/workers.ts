/** What `cloudflare:workers` has of it: the place where an object's surroundings are kept. */
export class DurableObject {
  ctx: unknown
  env: unknown
  constructor(ctx: unknown, env: unknown) {
    this.ctx = ctx
    this.env = env
  }
}
