import { readFileSync } from 'node:fs'
import { request } from 'node:http'
import { connect } from 'node:net'
import { findParts } from '../../../embedded/processes.ts'

export type Answered = { status: number; sent: number; ms: number }

/** Sends a body of so many bytes without saying how many, until it is answered or cut off. 0: cut off without an answer. */
export function postEndless(url: string, headers: Record<string, string>, bytes: number): Promise<Answered> {
  const began = performance.now()
  const chunk = Buffer.alloc(65_536, 'x')
  return new Promise((resolve) => {
    let sent = 0
    const end = (status: number) => {
      resolve({ status, sent, ms: performance.now() - began })
      ask.destroy()
    }
    const ask = request(
      url,
      { method: 'POST', headers: { ...headers, 'Transfer-Encoding': 'chunked' } },
      ({ statusCode }) => end(statusCode ?? 0),
    )
    ask.on('error', () => end(0))
    const more = () => {
      while (!ask.destroyed && sent < bytes) {
        sent += chunk.length
        if (!ask.write(chunk)) return void ask.once('drain', more)
      }
      if (!ask.destroyed) ask.end()
    }
    more()
  })
}

/** Connections that say a byte now and then of what they want. Answers how to let them go. */
export function dribble(url: string, count: number, heads: string[]): () => void {
  const { port, host } = new URL(url)
  const sockets = Array.from({ length: count }, (_, i) => {
    const socket = connect(Number(port), '127.0.0.1')
    socket.on('error', () => undefined)
    socket.write(`${heads[i % heads.length]!.replace('HOST', host)}\r\n\r\n{`)
    const timer = setInterval(() => socket.writable && socket.write(' '), 1_000)
    socket.on('close', () => clearInterval(timer))
    return socket
  })
  return () => {
    for (const socket of sockets) socket.destroy()
  }
}

/** What the server's process holds in memory, in MB. */
export function memoryOf(home: string): number {
  const sizes = findParts(home, 'engine').map(({ pid }) => {
    const [, kb = '0'] = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
    return Number(kb) / 1_000
  })
  return sizes.reduce((sum, one) => sum + one, 0)
}
