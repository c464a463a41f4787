import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** One answer of the model: what it says, or the tools it calls. */
export type Turn = string | Call | Call[]
/** `custom`: its input is a text, not an object. */
export type Call = { tool: string; input: unknown; custom?: true }

/** A stand-in for the API of a model: answers each request of the agent's main loop with the next turn. */
export class StandIn {
  readonly requests: { path: string; body: unknown }[] = []
  #turns: Turn[] = []
  #answered = 0
  #server = createServer((request, response) => void this.#answer(request, response))
  #speak: Dialect

  constructor(speak: Dialect) {
    this.#speak = speak
  }

  async start(): Promise<this> {
    await once(this.#server.listen(0, '127.0.0.1'), 'listening')
    return this
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}` // it listens on a port
  }

  push(...turns: Turn[]): void {
    this.#turns.push(...turns)
  }

  async close(): Promise<void> {
    this.#server.close()
    this.#server.closeAllConnections()
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer) // no encoding was set
    const body = parsed(Buffer.concat(chunks).toString())
    const path = request.url ?? ''
    this.requests.push({ path, body })
    const next = () => this.#turns.shift() ?? 'All done.'
    this.#speak(response, { path, body, n: ++this.#answered, next })
  }
}

type Asked = { path: string; body: Record<string, unknown>; n: number; next: () => Turn }
export type Dialect = (response: ServerResponse, asked: Asked) => void

function parsed(text: string): Record<string, unknown> {
  const value: unknown = text ? JSON.parse(text) : {}
  return value as Record<string, unknown> // every API of these takes an object
}

const stream = (response: ServerResponse) => response.writeHead(200, { 'content-type': 'text/event-stream' })
const callsOf = (turn: Exclude<Turn, string>) => [turn].flat()

/** What each answer is said to have cost. */
export const tokens = { input: 100, cached: 40, output: 10 }

/** The Responses API of OpenAI. Codex also asks for a title, as JSON of a given form. */
export const responses: Dialect = (response, { path, body, n, next }) => {
  if (!path.endsWith('/responses')) return void response.writeHead(404).end('{}')
  const { format } = (body.text ?? {}) as { format?: unknown } // of the API's own form
  const turn = format ? '{"title":"A title"}' : next()
  const items =
    typeof turn === 'string'
      ? [{ type: 'message', role: 'assistant', id: `msg_${n}`, content: [{ type: 'output_text', text: turn }] }]
      : callsOf(turn).map(({ tool, input, custom }, i) => ({
          ...{ id: `item_${n}_${i}`, call_id: `call_${n}_${i}`, name: tool },
          ...(custom
            ? { type: 'custom_tool_call', input }
            : { type: 'function_call', arguments: JSON.stringify(input) }),
        }))
  stream(response)
  const send = (type: string, data: object) =>
    response.write(`event: ${type}\ndata: ${JSON.stringify({ type, ...data })}\n\n`)
  send('response.created', { response: { id: `resp_${n}` } })
  items.forEach((item, output_index) => void send('response.output_item.done', { output_index, item }))
  const usage = {
    input_tokens: tokens.input,
    input_tokens_details: { cached_tokens: tokens.cached },
    output_tokens: tokens.output,
    output_tokens_details: { reasoning_tokens: 0 },
    total_tokens: tokens.input + tokens.output,
  }
  send('response.completed', { response: { id: `resp_${n}`, usage } })
  response.end()
}

/** The Gemini API. The CLI also asks, without a stream, how difficult a prompt is. */
export const gemini: Dialect = (response, { path, next }) => {
  const usageMetadata = {
    promptTokenCount: tokens.input,
    cachedContentTokenCount: tokens.cached,
    candidatesTokenCount: tokens.output,
    totalTokenCount: tokens.input + tokens.output,
  }
  const answer = (parts: object[]) => ({
    candidates: [{ content: { role: 'model', parts }, finishReason: 'STOP' }],
    usageMetadata,
  })
  if (!path.includes(':streamGenerateContent')) {
    const text = JSON.stringify({ complexity_reasoning: 'short', complexity_score: 1 })
    return void response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer([{ text }])))
  }
  const turn = next()
  const parts =
    typeof turn === 'string'
      ? [{ text: turn }]
      : callsOf(turn).map(({ tool, input }) => ({ functionCall: { name: tool, args: input } }))
  stream(response)
  response.end(`data: ${JSON.stringify(answer(parts))}\n\n`)
}
