import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A server that notes with which key it was asked, and refuses. On every address of this machine with `everywhere`. */
export async function startListener({ everywhere = false } = {}) {
  const keys: (string | undefined)[] = []
  const server = createServer((request, response) => {
    keys.push(request.headers.authorization)
    const body = { success: false, error: 'forbidden', message: 'no', retryable: false }
    response.writeHead(403, { 'Content-Type': 'application/json' }).end(JSON.stringify(body))
  })
  await new Promise<void>((resolve) => server.listen(0, everywhere ? '0.0.0.0' : '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo // a TCP server's address is never a string
  const close = () => {
    server.closeAllConnections()
    server.close()
  }
  return { keys, port, url: `http://127.0.0.1:${port}`, [Symbol.dispose]: close }
}
