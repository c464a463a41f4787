import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

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
      chunks.push(chunk, ...unmask(chunk))
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
function unmasking(): (chunk: Buffer) => Buffer[] {
  let held = Buffer.alloc(0)
  let isUpgraded = false
  return (chunk) => {
    held = Buffer.concat([held, chunk])
    if (!isUpgraded) {
      isUpgraded = /^upgrade: websocket/im.test(held.toString('latin1'))
      const end = held.lastIndexOf('\r\n\r\n')
      if (isUpgraded && end === -1)
        isUpgraded = false // the rest of its head is still to come
      else held = isUpgraded ? held.subarray(end + 4) : Buffer.alloc(0)
    }
    const said: Buffer[] = []
    for (let size = isUpgraded ? frameSize(held) : undefined; size; size = frameSize(held)) {
      const { mask, from, to } = size
      said.push(held.subarray(from, to).map((byte, i) => byte ^ held[mask + (i % 4)]!) as Buffer) // of a Buffer it is one
      held = held.subarray(to)
    }
    return said
  }
}

/** Where the mask and the content of the first frame are; nothing while some of it is still to come. */
function frameSize(held: Buffer): { mask: number; from: number; to: number } | undefined {
  if (held.length < 2) return undefined
  const short = held[1]! & 127
  const mask = short < 126 ? 2 : short === 126 ? 4 : 10
  if (held.length < mask + 4) return undefined
  const size = short < 126 ? short : short === 126 ? held.readUInt16BE(2) : Number(held.readBigUInt64BE(2))
  const to = mask + 4 + size
  return held.length < to ? undefined : { mask, from: mask + 4, to }
}
