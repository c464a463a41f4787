import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { Frames } from '../../../bench/wire.ts'

/**
 * A wire to a server that keeps a copy of all that goes over it, in both directions; what clients say in frames as they mean it,
 * for on the wire it is masked.
 */
export async function tapWire(target: string): Promise<{ url: string; heard: () => string; stop: () => void }> {
  const { port: targetPort } = new URL(target)
  const chunks: Buffer[] = []
  const sockets = new Set<Socket>()
  const server = createServer((client) => {
    const upstream = connect(Number(targetPort), '127.0.0.1')
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.on('error', () => undefined).on('close', () => sockets.delete(socket))
    }
    const own = `127.0.0.1:${client.localPort}`
    const unmask = unmasking()
    client.on('data', (chunk) => {
      chunks.push(chunk, ...unmask(chunk).map((text) => Buffer.from(text)))
      upstream.write(renamed(chunk, own, `127.0.0.1:${targetPort}`))
    })
    upstream.on('data', (chunk) => {
      chunks.push(chunk)
      client.write(chunk)
    })
    client.on('end', () => upstream.end())
    upstream.on('end', () => client.end())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo // it listens on a port
  return {
    url: `http://127.0.0.1:${port}`,
    heard: () => Buffer.concat(chunks).toString('latin1'),
    stop: () => {
      for (const socket of sockets) socket.destroy()
      server.close()
    },
  }
}

/** The server answers to its own name only. Both are equally long, so that no length that was told is wrong. */
function renamed(chunk: Buffer, own: string, other: string): Buffer {
  if (own.length !== other.length) throw new Error(`${own} and ${other} are not equally long`)
  return Buffer.from(chunk.toString('latin1').replaceAll(own, other), 'latin1')
}

/** What the frames say that a client sends once its connection is one of frames. */
function unmasking(): (chunk: Buffer) => string[] {
  let said: string[] = []
  const frames = new Frames((text) => said.push(text))
  let head: Buffer | undefined = Buffer.alloc(0)
  return (chunk) => {
    said = []
    if (head === undefined) frames.take(chunk)
    else {
      const all: Buffer = Buffer.concat([head, chunk])
      const end = all.lastIndexOf('\r\n\r\n')
      const isUpgraded = end !== -1 && /^upgrade: websocket/im.test(all.toString('latin1'))
      head = isUpgraded ? undefined : end === -1 ? all : Buffer.alloc(0)
      if (isUpgraded) frames.take(all.subarray(end + 4))
    }
    return said
  }
}
