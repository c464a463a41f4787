import type { Actor } from '../protocol/actor.ts'
import type { ProjectId } from '../protocol/ids.ts'

/** What a request carries through the Worker once the gate has let it in. */
export type App = {
  Bindings: Env
  Variables: {
    requestId: string
    actor: Actor
    /** The one project the key is good for; nothing: all of them. */
    bound: ProjectId | null
    project: ProjectId
  }
}
