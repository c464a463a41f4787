import { connect } from 'node:net'

/**
 * Posts made by `body` for so many seconds over `connections` that each post again as soon as they are answered.
 * Answers how many were answered with 200 in a second, and how long they took (ms, sorted).
 */
export async function postsPerSecond(
  url: string,
  headers: Record<string, string>,
  body: () => string,
  { seconds, connections = 64, warmup = 1 }: { seconds: number; connections?: number; warmup?: number },
): Promise<{ rate: number; times: number[] }> {
  const { hostname, port, host, pathname } = new URL(url)
  const head = [`POST ${pathname} HTTP/1.1`, `Host: ${host}`, 'Content-Type: application/json']
  for (const [name, value] of Object.entries(headers)) head.push(`${name}: ${value}`)
  const start = `${head.join('\r\n')}\r\nContent-Length: `
  const times: number[] = []
  let counting = false
  let over = false
  const sockets = Array.from({ length: connections }, () => {
    const socket = connect({ host: hostname, port: Number(port), noDelay: true }, () => post())
    let answer = ''
    let sent = 0
    const post = () => {
      const text = body()
      sent = performance.now()
      socket.write(`${start}${Buffer.byteLength(text)}\r\n\r\n${text}`)
    }
    socket.on('data', (data) => {
      answer += data.toString('latin1')
      if (!isWhole(answer)) return
      if (!answer.startsWith('HTTP/1.1 200')) throw new Error(`Unexpected answer: ${answer.slice(0, 500)}`)
      if (counting) times.push(performance.now() - sent)
      answer = ''
      if (!over) post()
    })
    socket.on('error', (error) => {
      if (!over) throw error
    })
    return socket
  })
  await pause(warmup)
  counting = true
  const began = performance.now()
  await pause(seconds)
  counting = false
  const rate = times.length / ((performance.now() - began) / 1000)
  over = true
  for (const socket of sockets) socket.destroy()
  return { rate, times: times.sort((a, b) => a - b) }
}

function isWhole(answer: string): boolean {
  const end = answer.indexOf('\r\n\r\n')
  if (end < 0) return false
  const length = /content-length: (\d+)/i.exec(answer.slice(0, end))
  return length ? answer.length >= end + 4 + Number(length[1]) : answer.endsWith('0\r\n\r\n')
}

const pause = (seconds: number) => new Promise((resolve) => setTimeout(resolve, seconds * 1000))
