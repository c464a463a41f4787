import { createServer } from 'node:net'

export const defaultPort = 4747

/** The first free port from `wanted` on, on the loopback address. 0 asks the system for any. */
export async function freePort(wanted: number): Promise<number> {
  for (let port = wanted; port <= Math.min(wanted + 200, 65_535); port++) {
    const got = await tryPort(port)
    if (got !== undefined) return got
  }
  throw new Error(`No free port from ${wanted} on; try another with --port`)
}

function tryPort(port: number): Promise<number | undefined> {
  const { promise, resolve, reject } = Promise.withResolvers<number | undefined>()
  const server = createServer()
  server.once('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EADDRINUSE' || error.code === 'EACCES') resolve(undefined)
    else reject(error)
  })
  server.listen({ port, host: '127.0.0.1', exclusive: true }, () => {
    const { port: got } = server.address() as { port: number } // a TCP server's address is never a string
    server.close(() => resolve(got))
  })
  return promise
}
