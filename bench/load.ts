import { connect } from 'node:net'

/** Requests per second that a server answers with 204 to `connections` which each ask again as soon as they are answered. */
export async function requestsPerSecond(url: string, seconds: number, connections = 64): Promise<number> {
  const { hostname, port, host, pathname } = new URL(url)
  const request = `GET ${pathname} HTTP/1.1\r\nHost: ${host}\r\n\r\n`
  let answered = 0
  let over = false
  const sockets = Array.from({ length: connections }, () => {
    const socket = connect({ host: hostname, port: Number(port), noDelay: true }, () => socket.write(request))
    let rest = ''
    socket.on('data', (data) => {
      const answers = (rest + data.toString('latin1')).split('\r\n\r\n')
      rest = answers.pop()!
      for (const answer of answers) {
        if (!answer.startsWith('HTTP/1.1 204')) socket.destroy(new Error(`Unexpected answer: ${answer}`))
        answered++
        if (!over) socket.write(request)
      }
    })
    return socket
  })
  await warm()
  const before = answered
  const began = performance.now()
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000))
  const rate = (answered - before) / ((performance.now() - began) / 1000)
  over = true
  for (const socket of sockets) socket.destroy()
  return rate
}

function warm(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 500))
}

export function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!
}
