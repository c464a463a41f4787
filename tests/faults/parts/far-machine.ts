import { execFileSync } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { connect, createServer, type Server } from 'node:net'
import { join } from 'node:path'

const ip = (...words: string[]) => execFileSync('ip', words, { stdio: ['ignore', 'pipe', 'pipe'] }).toString()
const tried = (step: () => void) => {
  try {
    step()
  } catch {} // of what is taken away, some was perhaps never made
}
/** Nobody has this address: what is sent there gets lost on the wire, and no one is told. */
const NOBODY = '02:00:00:00:00:99'

/** Why no machine can be put into a network of its own here; nothing where it can. */
export function whyNotApart(): string | undefined {
  if (process.platform !== 'linux') return 'network namespaces are of Linux'
  if (process.getuid?.() !== 0) return 'network namespaces are for root'
  const name = `maestro-probe-${process.pid}`
  try {
    ip('netns', 'add', name)
    ip('netns', 'exec', name, 'true')
    return undefined
  } catch (error) {
    return `\`ip netns\` does not work here: ${String(error).split('\n')[0]}`
  } finally {
    tried(() => ip('netns', 'del', name))
  }
}

/** A network of its own, with one line to this one, over which the server on `port` of this machine is at `url`. */
export class FarMachine {
  readonly url: string
  /** Words before a command that runs there. */
  readonly within: string[]
  #name = `maestro-${process.pid}`
  #net = `10.203.${(process.pid >> 6) & 255}`
  #base = (process.pid & 63) * 4
  #door: Server | undefined
  #near = { end: `mst${process.pid}n`, address: `${this.#net}.${this.#base + 1}`, mac: '' }
  #far = { end: `mst${process.pid}f`, address: `${this.#net}.${this.#base + 2}`, mac: '' }

  constructor(port: number) {
    // By this name the server knows itself, and there it leads here.
    this.url = `http://localhost:${port}`
    this.within = ['ip', 'netns', 'exec', this.#name]
  }

  async build(): Promise<this> {
    const [near, far, name] = [this.#near, this.#far, this.#name]
    ip('netns', 'add', name)
    ip('link', 'add', near.end, 'type', 'veth', 'peer', 'name', far.end, 'netns', name)
    ip('addr', 'add', `${near.address}/30`, 'dev', near.end)
    ip('-n', name, 'addr', 'add', `${far.address}/30`, 'dev', far.end)
    ip('link', 'set', near.end, 'up')
    for (const end of ['lo', far.end]) ip('-n', name, 'link', 'set', end, 'up')
    near.mac = macIn(ip('link', 'show', near.end))
    far.mac = macIn(ip('-n', name, 'link', 'show', far.end))
    this.heal()
    mkdirSync(this.#files, { recursive: true })
    writeFileSync(join(this.#files, 'hosts'), `${near.address} localhost\n`)
    this.#door = await passOn(near.address, Number(new URL(this.url).port))
    return this
  }

  /** From now on nothing gets across, in neither direction, and neither end is told. */
  cut(): void {
    this.#lead(NOBODY, NOBODY)
  }

  heal(): void {
    this.#lead(this.#near.mac, this.#far.mac)
  }

  remove(): void {
    this.#door?.close()
    tried(() => ip('link', 'del', this.#near.end))
    tried(() => ip('netns', 'del', this.#name))
    rmSync(this.#files, { recursive: true, force: true })
  }

  #lead(toNear: string, toFar: string): void {
    const lasting = ['nud', 'permanent']
    ip('neigh', 'replace', this.#far.address, 'lladdr', toFar, 'dev', this.#near.end, ...lasting)
    ip('-n', this.#name, 'neigh', 'replace', this.#near.address, 'lladdr', toNear, 'dev', this.#far.end, ...lasting)
  }

  /** What `ip netns exec` shows there as /etc. */
  get #files(): string {
    return join('/etc/netns', this.#name)
  }
}

const macIn = (text: string) => /link\/ether (\S+)/.exec(text)![1]!

/** Takes connections at that address, and has the server of this machine answer them. */
function passOn(address: string, port: number): Promise<Server> {
  const server = createServer((there) => {
    const here = connect(port, '127.0.0.1')
    for (const [one, other] of [
      [there, here],
      [here, there],
    ] as const) {
      one.pipe(other)
      one.on('error', () => other.destroy()).on('close', () => other.end())
    }
  })
  return new Promise((resolve, reject) => {
    server.on('error', reject)
    server.listen(port, address, () => resolve(server))
  })
}
