import { createHash, createHmac } from 'node:crypto'
import type { Chance } from '../parts/chance.ts'
import type { Task } from './queue.ts'
import type { World } from './world.ts'

type Key = { bytes: Uint8Array; hash: string }

/** From here on whatever asks this process for time or chance gets those of `world`. There is no way back. */
export function installGlobals(world: World, chance: Chance): void {
  const clock = () => Math.floor(world.now + (world.current?.skew() ?? 0))
  Date.now = clock
  performance.now = () => world.now
  Math.random = () => chance.next()
  Object.assign(globalThis, timersOf(world))
  AbortSignal.timeout = (ms) => {
    const controller = new AbortController()
    world.after(ms, () => controller.abort(new DOMException('The operation timed out', 'TimeoutError')))
    return controller.signal
  }
  Object.defineProperty(globalThis, 'crypto', { value: cryptoOf(chance) })
}

function timersOf(world: World) {
  const once = (step: () => unknown, ms = 0) => {
    const process = world.current
    if (process) process.timers++
    return world.after(ms, () => {
      if (process) process.timers--
      step()
    })
  }
  const every = (step: () => unknown, ms: number) => {
    const handle: { task: Task } = { task: world.after(ms, again) }
    function again() {
      handle.task = world.after(ms, again)
      step()
    }
    return handle
  }
  return {
    setTimeout: once,
    setImmediate: (step: () => unknown) => once(step),
    clearTimeout: (task?: Task) => {
      if (!task || task.over) return
      task.over = true
      if (task.process) task.process.timers--
    },
    setInterval: every,
    clearInterval: (handle?: { task: Task }) => {
      if (handle) handle.task.over = true
    },
  }
}

/** As the platform's, but done at once: real ones come back from a thread whenever they are ready. */
function cryptoOf(chance: Chance) {
  const bytesOf = (data: ArrayBuffer | Uint8Array) =>
    new Uint8Array(data instanceof Uint8Array ? data : new Uint8Array(data))
  const nameOf = (hash: string | { name: string }) =>
    (typeof hash === 'string' ? hash : hash.name).replace('-', '').toLowerCase()
  const sign = (key: Key, data: Uint8Array) => new Uint8Array(createHmac(key.hash, key.bytes).update(data).digest())
  const hex = (count: number) => Buffer.from(chance.bytes(count)).toString('hex')
  return {
    getRandomValues: (into: Uint8Array) => {
      for (let at = 0; at < into.length; at++) into[at] = chance.below(256)
      return into
    },
    randomUUID: () => `${hex(4)}-${hex(2)}-4${hex(2).slice(1)}-8${hex(2).slice(1)}-${hex(6)}`,
    subtle: {
      digest: async (hash: string, data: Uint8Array) =>
        new Uint8Array(createHash(nameOf(hash)).update(bytesOf(data)).digest()).buffer,
      importKey: async (_: string, data: Uint8Array, { hash }: { hash: string }): Promise<Key> => ({
        bytes: bytesOf(data),
        hash: nameOf(hash),
      }),
      sign: async (_: string, key: Key, data: Uint8Array) => sign(key, bytesOf(data)).buffer,
      verify: async (_: string, key: Key, signature: Uint8Array, data: Uint8Array) =>
        Buffer.from(sign(key, bytesOf(data))).equals(Buffer.from(bytesOf(signature))),
    },
  }
}
