import { connect, type Socket } from 'node:net'

/** Where to look on: an address of the scheme ws, and the subprotocols to offer. */
export type View = { url: string; protocols?: string[] }

/**
 * A WebSocket that costs its reader little: `text` hears every frame as a whole, and without it what comes is thrown away.
 * Resolves once it is open.
 */
export async function look({ url, protocols = [] }: View, text?: (frame: string) => void): Promise<Socket> {
  const { hostname, port, host, pathname, search } = new URL(url)
  const socket = connect({ host: hostname, port: Number(port), noDelay: true })
  const lines = [
    ...[`GET ${pathname}${search} HTTP/1.1`, `Host: ${host}`, 'Upgrade: websocket', 'Connection: Upgrade'],
    ...['Sec-WebSocket-Version: 13', `Sec-WebSocket-Key: ${btoa('sixteen bytes ok')}`],
    ...(protocols.length ? [`Sec-WebSocket-Protocol: ${protocols.join(', ')}`] : []),
  ]
  socket.write(`${lines.join('\r\n')}\r\n\r\n`)
  const rest = await new Promise<Buffer>((resolve, reject) => {
    socket.once('error', reject)
    socket.once('data', (data) => {
      const end = data.indexOf('\r\n\r\n')
      if (data.subarray(0, 12).toString('latin1') !== 'HTTP/1.1 101') reject(new Error(`No upgrade: ${data}`))
      resolve(data.subarray(end + 4))
    })
  })
  if (!text) return socket.resume()
  const frames = new Frames(text)
  frames.take(rest)
  return socket.on('data', (data) => frames.take(data))
}

/** Takes frames out of the bytes of one side of a connection; none is in parts here. What clients send is masked. */
export class Frames {
  #held: Buffer = Buffer.alloc(0)
  #text: (frame: string) => void

  constructor(text: (frame: string) => void) {
    this.#text = text
  }

  take(data: Buffer): void {
    this.#held = this.#held.length ? Buffer.concat([this.#held, data]) : data
    for (let size = this.#whole(); size !== undefined; size = this.#whole()) {
      const { mask, from, to } = size
      this.#text(unmasked(this.#held.subarray(from, to), mask).toString())
      this.#held = this.#held.subarray(to)
    }
  }

  /** Where the next frame's content is, and its mask; nothing while some of it is still to come. */
  #whole(): { mask: Buffer | undefined; from: number; to: number } | undefined {
    const held = this.#held
    if (held.length < 2) return undefined
    const short = held[1]! & 127
    const length = short < 126 ? 2 : short === 126 ? 4 : 10
    const from = length + (held[1]! & 128 ? 4 : 0)
    if (held.length < from) return undefined
    const size = short < 126 ? short : short === 126 ? held.readUInt16BE(2) : Number(held.readBigUInt64BE(2))
    const mask = from > length ? held.subarray(length, from) : undefined
    return held.length < from + size ? undefined : { mask, from, to: from + size }
  }
}

const unmasked = (content: Buffer, mask: Buffer | undefined): Buffer =>
  mask ? Buffer.from(content.map((byte, i) => byte ^ mask[i % 4]!)) : content
