import type { UpgradedResponse } from '../platform/sockets.ts'
import { Line, type Network } from './network.ts'

/** `WebSocket` as the product's client sees it; `placeOf` says where whoever is at work just now is. */
export function socketsOver(network: Network, placeOf: () => string) {
  const { world } = network
  return class ClientSocket {
    static readonly CONNECTING = 0
    static readonly OPEN = 1
    static readonly CLOSING = 2
    static readonly CLOSED = 3
    binaryType = 'blob'
    bufferedAmount = 0
    readyState = 0
    onopen: (() => void) | null = null
    onmessage: ((event: { data: string }) => void) | null = null
    onclose: ((event: { code: number; reason: string }) => void) | null = null
    #line: Line | undefined

    constructor(url: string, protocols: string[]) {
      const place = placeOf()
      const client = world.current
      const headers = { Upgrade: 'websocket', 'Sec-WebSocket-Protocol': protocols.join(', ') }
      const request = new Request(url.replace(/^ws/, 'http'), { headers })
      const fail = () => world.after(network.delay(), () => this.#closed(1006, ''), client)
      world.after(
        network.delay(),
        () => {
          const { host } = network
          if (!host?.process.alive || network.apart.has(place) || network.chance.next() < network.loss)
            return void fail()
          world.as(host.process, () =>
            host.handle(request).then((response) => {
              const { webSocket } = response as UpgradedResponse
              if (!webSocket) return void fail()
              const on = {
                data: (data: string) => this.onmessage?.({ data }),
                close: (code: number, reason: string) => this.#closed(code, reason),
              }
              const line = new Line(network, place, { client, server: webSocket, host }, on)
              world.after(network.delay(), () => this.#opened(line), client)
              webSocket.attach({
                sent: (data) => host.out(() => line.deliver(data)),
                closed: (code, reason) => host.out(() => line.closeFromServer(code, reason)),
              })
              if (client && !client.alive) line.closeFromClient(1006)
            }),
          )
        },
        null,
      )
    }

    #opened(line: Line): void {
      if (this.readyState >= 2) return line.closeFromClient(1000)
      this.#line = line
      this.readyState = 1
      this.onopen?.()
    }

    send(data: string): void {
      if (data === 'ping') this.#line?.ping()
    }

    close(code = 1005): void {
      if (this.readyState >= 2) return
      this.readyState = 3
      this.#line?.closeFromClient(code)
    }

    #closed(code: number, reason: string): void {
      if (this.readyState === 3) return
      this.readyState = 3
      this.onclose?.({ code, reason })
    }
  }
}
