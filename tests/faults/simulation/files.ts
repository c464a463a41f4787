import { disk, type File, isFolder } from './disk.ts'

// What the product imports as `node:fs`, over the disks of the simulation. A call that is not here fails to load.

const failed = (code: string, path: string) => Object.assign(new Error(`${code}: '${path}'`), { code })
const nowNs = () => BigInt(Date.now()) * 1_000_000n

function found(path: string) {
  const one = disk.find(path)
  if (!one) throw failed('ENOENT', path)
  return one
}

export function readdirSync(path: string): string[] {
  disk.touch()
  if (!isFolder(found(path))) throw failed('ENOTDIR', path)
  return disk.namesIn(path)
}

export function readFileSync(path: string): string {
  disk.touch()
  const one = found(path)
  if (isFolder(one)) throw failed('EISDIR', path)
  return one.text
}

export function existsSync(path: string): boolean {
  disk.touch()
  return disk.find(path) !== undefined
}

export function writeFileSync(path: string, text: string): void {
  disk.touch()
  if (!disk.write(path, text, nowNs())) throw failed('ENOSPC', path)
}

export function renameSync(from: string, to: string): void {
  disk.touch()
  const one = found(from)
  disk.remove(from)
  disk.put(to, one)
}

export function rmSync(path: string, { force = false } = {}): void {
  disk.touch()
  if (!disk.remove(path) && !force) throw failed('ENOENT', path)
}

export const unlinkSync = (path: string): void => rmSync(path)

export function mkdirSync(path: string): void {
  disk.touch()
  disk.makeFolder(path)
}

export function utimesSync(path: string, _: Date, time: Date): void {
  disk.touch()
  const one = found(path) as File // nobody dates a folder
  one.mtimeNs = BigInt(time.getTime()) * 1_000_000n
}

export function statSync(path: string, { throwIfNoEntry = true, bigint = false } = {}) {
  disk.touch()
  const one = throwIfNoEntry ? found(path) : disk.find(path)
  if (!one) return undefined
  const [mtimeNs, size] = isFolder(one) ? [0n, 4_096] : [one.mtimeNs, one.text.length]
  const times = bigint
    ? { mtimeNs, mtimeMs: mtimeNs / 1_000_000n, size: BigInt(size) }
    : { mtimeMs: Number(mtimeNs / 1_000n) / 1_000, ctimeMs: one.ctimeMs, size }
  return { ...times, isFile: () => !isFolder(one), isDirectory: () => isFolder(one) }
}

/** Tells a little late, in order. */
export function watch(path: string, tell: (event: string, name: string) => void): { close(): void } {
  disk.touch()
  const { world } = disk
  const process = world!.current
  return disk.watch(path, (name) => world!.after(0.05, () => tell('rename', name), process))
}
