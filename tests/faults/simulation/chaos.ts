import type { Chance } from '../parts/chance.ts'
import { disk } from './disk.ts'
import type { Machine } from './machine.ts'
import type { Network } from './network.ts'
import type { Server } from './server.ts'
import type { Viewer } from './viewer.ts'
import type { World } from './world.ts'

type Cast = {
  world: World
  chance: Chance
  network: Network
  server: Server
  machines: Machine[]
  viewers: Viewer[]
  died: () => void
}

/** What may go wrong, and how far apart (ms) it comes on the whole. */
const every = {
  serverDies: 4_000,
  daemonDies: 3_000,
  isApart: 10_000,
  linesDrop: 8_000,
  archiveFails: 60_000,
  diskFills: 60_000,
  clockJumps: 30_000,
  serverClockJumps: 120_000,
  sleeps: 3_000,
  reloads: 10_000,
  slows: 15_000,
  longAway: 150_000,
}

/** Lets all that go wrong, each in its own time, until it is told to rest. */
export class Chaos {
  #cast: Cast
  #isResting = false
  #ends = new Set<() => void>()

  constructor(cast: Cast) {
    this.#cast = cast
    for (const name of Object.keys(every) as (keyof typeof every)[]) this.#again(name) // its own keys
    disk.mayDie = () => !this.#isResting && cast.chance.next() < 0.0002
    cast.server.breaks = { write: 0.000_1, d1: 0.01 }
  }

  /** Everything heals. */
  rest(): void {
    this.#isResting = true
    for (const end of [...this.#ends]) end()
    this.#cast.network.loss = 0
    this.#cast.server.breaks = { write: 0, d1: 0 }
  }

  #again(name: keyof typeof every): void {
    const { world, chance } = this.#cast
    const step = () => {
      if (this.#isResting) return
      this.#happen(name)
      this.#again(name)
    }
    world.after(chance.gap(every[name]), step, null)
  }

  #happen(name: keyof typeof every): void {
    const { chance, server, machines, viewers } = this.#cast
    const machine = chance.pick(machines)!
    const viewer = chance.pick(viewers)!
    switch (name) {
      case 'serverDies':
        return this.#killServer(20 + chance.gap(400))
      case 'longAway':
        return this.#killServer(30_000 + chance.gap(60_000))
      case 'daemonDies':
        return machine.kill()
      case 'isApart':
        return this.#part(
          [...machines, ...viewers, { name: 'ann' }][chance.below(machines.length + viewers.length + 1)]!.name,
        )
      case 'linesDrop':
        return this.#dropLines()
      case 'archiveFails':
        return this.#failArchive()
      case 'diskFills':
        return this.#fill(machine.name)
      case 'clockJumps':
        return machine.moveClock(this.#jump())
      case 'serverClockJumps':
        return server.process.alive ? server.moveClock(Math.round((chance.next() - 0.5) * 4_000)) : undefined
      case 'sleeps':
        return server.evict()
      case 'reloads':
        return viewer.open()
      case 'slows':
        return this.#slow(viewer.name)
    }
  }

  #dropLines(): void {
    const { network, chance } = this.#cast
    for (const line of [...network.lines]) if (chance.next() < 0.5) line.break()
  }

  #slow(viewer: string): void {
    const { network, chance } = this.#cast
    for (const line of network.lines) if (line.place === viewer) line.lag = chance.gap(2_000)
  }

  #killServer(ms: number): void {
    const { world, chance, server, machines } = this.#cast
    if (!server.process.alive) return
    this.#cast.died()
    server.crash()
    // Two at once: what one has not told the other yet is nowhere but on a disk.
    if (chance.next() < 0.5) world.after(chance.gap(ms / 2), () => chance.pick(machines)!.kill(), null)
    this.#until(ms, () => server.start())
  }

  #part(name: string): void {
    const { network, chance } = this.#cast
    network.apart.add(name)
    this.#until(chance.gap(8_000), () => network.apart.delete(name))
  }

  #failArchive(): void {
    const { server, chance } = this.#cast
    server.isArchiveUp = false
    this.#until(chance.gap(30_000), () => {
      server.isArchiveUp = true
    })
  }

  #fill(machine: string): void {
    disk.full.add(machine)
    this.#until(this.#cast.chance.gap(3_000), () => disk.full.delete(machine))
  }

  /** Mostly what a time server does; now and then what a person does, in either direction. */
  #jump(): number {
    const { chance } = this.#cast
    return (chance.next() - 0.5) * (chance.next() < 0.2 ? 7_200_000 : 400)
  }

  /** Ends by itself in `ms`, or when everything heals. */
  #until(ms: number, end: () => void): void {
    const once = () => {
      if (this.#ends.delete(once)) end()
    }
    this.#ends.add(once)
    this.#cast.world.after(ms, once, null)
  }
}
