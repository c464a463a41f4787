import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { Client } from '../../../client/client.ts'
import { newId } from '../../../client/ids.ts'
import { replay } from '../../../protocol/project.ts'
import type { Edge } from '../../edge/edge.ts'
import type { Sight } from './bystander.ts'
import { wholeLog } from './evidence.ts'
import { hashOf } from './invariants.ts'

const program = join(import.meta.dirname, 'bystander.ts')

/** How another project fared meanwhile. Times are from reporting an event to seeing it, in ms. */
export type Beside = { events: number; p50: number; p95: number; most: number; wrong: string[] }

/** Puts somebody into another project of the same server, to be asked at the end how it went. */
export async function standBeside(edge: Edge): Promise<{ end: () => Promise<Beside> }> {
  const owner = new Client({ url: edge.url, key: edge.ownerKey })
  const project = newId('proj')
  await owner.ask('project.new', { project, name: 'Beside' })
  const { key } = await owner.ask('key.create', { kind: 'hook', name: 'beside', project })
  const child = spawn(process.execPath, [program, edge.url, edge.ownerKey, key, project], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  await lines.next()
  return {
    async end() {
      child.stdin.end()
      const { value = '' } = await lines.next()
      return judged(JSON.parse(value) as Sight, owner.with({ project })) // bystander.ts wrote it
    },
  }
}

async function judged({ ms, failures, seq, hash }: Sight, client: Client): Promise<Beside> {
  const log = await wholeLog(client)
  const wrong = failures.map((failure) => `an event beside was refused: ${failure}`)
  if (seq !== log.length) wrong.push(`the viewer beside is at ${seq} of ${log.length}`)
  if (hash !== hashOf(replay(log))) wrong.push('the viewer beside sees something else than its log says')
  return { events: ms.length, p50: quantile(ms, 0.5), p95: quantile(ms, 0.95), most: quantile(ms, 1), wrong }
}

/** In ms, to a tenth. */
export function quantile(values: number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return Math.round((sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? 0) * 10) / 10
}
