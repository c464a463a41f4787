import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { findHolder, type HolderClient, openHolder } from '../../../local-spawner/holder-client.ts'
import type { Launch, Whereabouts } from '../../../local-spawner/holder-files.ts'

export const HOLDER = join(import.meta.dirname, '../../../local-spawner/holder.ts')

/** A session's folder, gone after the test together with whatever still runs in it. */
export function sessionFolder(parent = tmpdir()): string {
  const dir = mkdtempSync(join(parent, 'maestro-session-'))
  onTestFinished(async () => {
    const holder = await findHolder(dir)
    if (holder) await ended(holder)
    rmSync(dir, { recursive: true, force: true })
  })
  return dir
}

async function ended(holder: HolderClient) {
  const closed = new Promise<void>((resolve) => void holder.onClose(resolve))
  holder.onExit(() => holder.release())
  holder.end(0)
  await closed
}

let count = 0

export function launchOf(file: string, args: string[], more: Partial<Launch> = {}): Launch {
  const env = { PATH: process.env.PATH ?? '', LANG: 'C.UTF-8' }
  return { session: `sess_${process.pid}_${++count}`, file, args, cwd: tmpdir(), env, cols: 80, rows: 24, ...more }
}

/** A program in a holder of its own, and a client of it. */
export async function open(file: string, args: string[], more: Partial<Launch> & { dir?: string } = {}) {
  const { dir = sessionFolder(), ...launch } = more
  const client = await openHolder(dir, launchOf(file, args, launch), HOLDER)
  onTestFinished(() => client.close())
  return { dir, client }
}

export const shell = (script: string, more?: Partial<Launch> & { dir?: string }) =>
  open('/bin/sh', ['-c', script], more)
/** A script for Node: the same on every system. */
export const node = (script: string, more?: Partial<Launch>) => open(process.execPath, ['-e', script], more)

export function exitOf(client: HolderClient) {
  return new Promise<Parameters<Parameters<HolderClient['onExit']>[0]>[0]>((resolve) => void client.onExit(resolve))
}

/** Attaches, and keeps what comes. */
export function reading(client: HolderClient, from = 0) {
  const pieces: { offset: number; bytes: Buffer }[] = []
  client.onOutput((output) => pieces.push({ offset: output.offset, bytes: Buffer.from(output.bytes) }))
  client.attach(from)
  return { pieces, text: () => Buffer.concat(pieces.map(({ bytes }) => bytes)).toString() }
}

/** Resolves when what was written since `from` has all of `texts`. */
export function said(client: HolderClient, text: string, from = 0): Promise<string> {
  let all = ''
  return new Promise((resolve) => {
    client.onOutput(({ bytes }) => {
      all += bytes.toString('latin1')
      if (all.includes(text)) resolve(all)
    })
    client.attach(from)
  })
}

export function whereabouts(dir: string): Whereabouts {
  return JSON.parse(readFileSync(join(dir, 'holder.json'), 'utf8')) as Whereabouts // written by the holder
}

export function isRunning(pid: number): boolean {
  if (!existsSync('/proc')) return process.kill(pid, 0)
  return existsSync(`/proc/${pid}`) && !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
}
