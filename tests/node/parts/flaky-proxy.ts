import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/** What happens to one request on its way. */
export type Fault =
  /** Nothing: it goes through. */
  | 'ok'
  /** The connection is cut before the server hears of it. */
  | 'refuse'
  /** The server gets it and answers; the connection is cut before anybody hears the answer. */
  | 'reset'
  /** The first half of the answer arrives, then the connection is cut. */
  | 'half'
  /** The server gets it; nobody ever hears an answer. */
  | 'silence'
  /** This is answered, and the server does not hear of it. */
  | { status: number; headers?: Record<string, string>; body?: string }
  /** As above, but the server has done what was asked. */
  | { after: { status: number; headers?: Record<string, string>; body?: string } }

/** A wire to a real server on which things go wrong, request by request, in the order of `faults`; then all is well. */
export async function startFlakyProxy(target: string) {
  const { port: targetPort } = new URL(target)
  const faults: Fault[] = []
  /** `POST /api/projects` for each request that came, and when (ms). */
  const seen: { line: string; at: number; raw: string }[] = []
  const sockets = new Set<Socket>()
  const server = createServer((client) => {
    sockets.add(client)
    client.on('error', () => undefined).on('close', () => sockets.delete(client))
    let asked = ''
    client.on('data', (chunk) => {
      asked += chunk.toString('latin1')
      if (!isWhole(asked)) return
      const request = asked
      asked = ''
      seen.push({ line: request.split(' HTTP/')[0]!, at: performance.now(), raw: request })
      suffer(faults.shift() ?? 'ok', client, request)
    })
  })

  function suffer(fault: Fault, client: Socket, request: string): void {
    if (fault === 'refuse') return void client.resetAndDestroy()
    if (typeof fault === 'object' && 'status' in fault) return void client.end(answerOf(fault), 'latin1')
    forward(request, (answer) => {
      if (fault === 'silence') return
      if (fault === 'reset') return void client.resetAndDestroy()
      // What was written must have left before the end of the connection overtakes it.
      if (fault === 'half') return void client.end(answer.slice(0, Math.ceil(answer.length - 10)), 'latin1')
      client.end(fault === 'ok' ? answer : answerOf(fault.after), 'latin1')
    })
  }

  /** Each request has a connection of its own, so that the end of the answer is the end of the connection. */
  function forward(request: string, then: (answer: string) => void): void {
    const named = request.replace(/^host: .*$/im, `host: 127.0.0.1:${targetPort}`)
    const upstream = connect(Number(targetPort), '127.0.0.1')
    let answer = ''
    upstream.on('data', (chunk) => {
      answer += chunk.toString('latin1')
    })
    upstream.on('error', () => undefined).on('close', () => then(answer))
    upstream.write(named.replace(/^connection: .*$/im, 'connection: close'), 'latin1')
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo // it listens on a port
  return {
    url: `http://127.0.0.1:${port}`,
    seen,
    /** The requests that change something. */
    changes: () => seen.filter(({ line }) => !line.startsWith('GET')),
    plan: (...next: Fault[]) => {
      seen.length = 0
      faults.splice(0, faults.length, ...next)
    },
    stop: () => {
      for (const socket of sockets) socket.destroy()
      server.close()
    },
  }
}

function isWhole(request: string): boolean {
  const end = request.indexOf('\r\n\r\n')
  if (end < 0) return false
  const length = /^content-length: (\d+)$/im.exec(request.slice(0, end))
  return request.length >= end + 4 + Number(length?.[1] ?? 0)
}

function answerOf({
  status,
  headers = {},
  body = '',
}: {
  status: number
  headers?: Record<string, string>
  body?: string
}) {
  const all = { 'Content-Type': 'text/html', 'Content-Length': String(body.length), Connection: 'close', ...headers }
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`)
  return `HTTP/1.1 ${status} Oh\r\n${lines.join('\r\n')}\r\n\r\n${body}`
}
