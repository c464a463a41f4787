type Peer = { sent: (data: string) => void; closed: (code: number, reason: string) => void }

/** The object's end of a connection, as the platform keeps it while the object sleeps. */
export class ServerSocket {
  readyState = WebSocket.OPEN as number
  readonly tags: string[] = []
  /** When the runtime last answered a ping, in ms since 1970. */
  pinged: number | undefined
  /** The other end, once there is one; what is said before then waits for it. */
  #peer: Peer | undefined
  #waiting: ((peer: Peer) => void)[] = []
  #attachment = 'null'

  send(data: string): void {
    if (this.readyState !== WebSocket.OPEN) throw new TypeError("Can't call WebSocket send() after close().")
    this.#tell((peer) => peer.sent(data))
  }

  close(code = 1005, reason = ''): void {
    if (this.readyState >= WebSocket.CLOSED) return
    this.readyState = WebSocket.CLOSED
    this.#tell((peer) => peer.closed(code, reason))
  }

  attach(peer: Peer): void {
    this.#peer = peer
    for (const tell of this.#waiting.splice(0)) tell(peer)
  }

  #tell(step: (peer: Peer) => void): void {
    if (this.#peer) step(this.#peer)
    else this.#waiting.push(step)
  }

  serializeAttachment(value: unknown): void {
    this.#attachment = JSON.stringify(value)
  }

  deserializeAttachment(): unknown {
    return JSON.parse(this.#attachment)
  }
}

/** What is known of an object besides what it remembers itself: its storage and its connections outlive its memory. */
export class Surroundings<S> {
  readonly storage: S
  readonly sockets = new Set<ServerSocket>()

  constructor(storage: S) {
    this.storage = storage
  }

  acceptWebSocket(socket: ServerSocket, tags: string[] = []): void {
    socket.tags.push(...tags)
    this.sockets.add(socket)
  }

  getWebSockets(tag?: string): ServerSocket[] {
    for (const socket of this.sockets) if (socket.readyState >= WebSocket.CLOSED) this.sockets.delete(socket)
    return [...this.sockets].filter(({ tags }) => tag === undefined || tags.includes(tag))
  }

  setWebSocketAutoResponse(): void {
    // Whoever stands in for the network answers pings.
  }

  getWebSocketAutoResponseTimestamp(socket: ServerSocket): Date | null {
    return socket.pinged === undefined ? null : new Date(socket.pinged)
  }

  waitUntil(): void {
    // What is waited for goes on by itself.
  }
}

/** An answer that is an upgrade, which Node's own cannot be. */
export class UpgradedResponse extends Response {
  readonly webSocket: ServerSocket | undefined

  constructor(body?: BodyInit | null, init: ResponseInit & { webSocket?: ServerSocket } = {}) {
    const { status = 200, headers } = init
    super(body, { status: status === 101 ? 200 : status, ...(headers && { headers }) })
    this.webSocket = init.webSocket
    if (status === 101) Object.defineProperty(this, 'status', { value: 101 })
  }
}

/** One socket stands for both ends. */
class Pair {
  0 = new ServerSocket()
  1 = this[0]
}

/** The names that the runtime of an object has and Node has not. */
export function standInForSockets(): void {
  Object.assign(globalThis, {
    WebSocketRequestResponsePair: class {},
    WebSocketPair: Pair,
    Response: UpgradedResponse,
  })
}
