import { Killed, type World } from './world.ts'

export type File = { text: string; mtimeNs: bigint; ctimeMs: number }
export type Folder = { entries: Map<string, File | Folder>; ctimeMs: number }

export const isFolder = (found: File | Folder | undefined): found is Folder => found !== undefined && 'entries' in found

/** The disks of all machines, one tree; a machine is its first folder. What is written stays, whoever dies. */
export class Disk {
  world: World | undefined
  /** Asked before a program touches it: whether it dies here and now. */
  mayDie: () => boolean = () => false
  /** Machines whose disk takes nothing more. */
  readonly full = new Set<string>()
  readonly #root: Folder = { entries: new Map(), ctimeMs: 0 }
  #watchers = new Map<string, Set<(name: string) => void>>()

  /** A program of the product is about to touch it. */
  touch(): void {
    const process = this.world?.current
    if (!process) return
    if (process.alive && this.mayDie()) process.die()
    if (!process.alive) throw new Killed(`${process.name} has died`)
  }

  find(path: string): File | Folder | undefined {
    let found: File | Folder | undefined = this.#root
    for (const name of path.split('/').filter(Boolean)) found = isFolder(found) ? found.entries.get(name) : undefined
    return found
  }

  file(path: string): File | undefined {
    const found = this.find(path)
    return isFolder(found) ? undefined : found
  }

  namesIn(path: string): string[] {
    const found = this.find(path)
    return isFolder(found) ? [...found.entries.keys()] : []
  }

  makeFolder(path: string): void {
    let folder = this.#root
    for (const name of path.split('/').filter(Boolean)) {
      const next = folder.entries.get(name) ?? { entries: new Map(), ctimeMs: this.#now }
      folder.entries.set(name, next)
      folder = next as Folder // nobody gives a file a folder's name
    }
  }

  /** Whether there was room for it. */
  write(path: string, text: string, mtimeNs: bigint): boolean {
    if (this.full.has(path.split('/')[1]!)) return false
    this.put(path, { text, mtimeNs, ctimeMs: this.#now })
    return true
  }

  put(path: string, file: File | Folder): void {
    const [folder, name] = split(path)
    this.makeFolder(folder)
    ;(this.find(folder) as Folder).entries.set(name, file)
    file.ctimeMs = this.#now
    this.#tell(folder, name)
  }

  remove(path: string): boolean {
    const [folder, name] = split(path)
    const found = this.find(folder)
    const had = isFolder(found) && found.entries.delete(name)
    if (had) this.#tell(folder, name)
    return had
  }

  watch(folder: string, tell: (name: string) => void): { close(): void } {
    const watchers = this.#watchers.get(folder) ?? new Set()
    this.#watchers.set(folder, watchers.add(tell))
    return { close: () => void watchers.delete(tell) }
  }

  /** So many bytes a folder takes. */
  sizeOf(path: string): number {
    const found = this.find(path)
    if (!isFolder(found)) return 0
    return [...found.entries.values()].reduce((sum, one) => sum + (isFolder(one) ? 4_096 : blocks(one.text.length)), 0)
  }

  #tell(folder: string, name: string): void {
    for (const tell of this.#watchers.get(folder) ?? []) tell(name)
  }

  /** As the machine's own clock has it. */
  get #now(): number {
    const { world } = this
    return world ? world.now + (world.current?.skew() ?? 0) : 0
  }
}

const blocks = (bytes: number) => Math.ceil(bytes / 4_096) * 4_096
const split = (path: string): [string, string] => [
  path.slice(0, path.lastIndexOf('/')),
  path.slice(path.lastIndexOf('/') + 1),
]

export const disk = new Disk()
