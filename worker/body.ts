import { BODY_BYTES } from '../protocol/declare.ts'
import { refuse } from '../protocol/errors.ts'

/** The body as JSON, counted as it streams: a length that is not given, or is a lie, does not help. */
export async function readJson(request: Request, limit = BODY_BYTES): Promise<unknown> {
  const text = await readText(request, limit)
  if (text === '') return {}
  try {
    return JSON.parse(text)
  } catch (error) {
    refuse('invalid_input', `The body is not JSON: ${error instanceof Error ? error.message : error}`)
  }
}

async function readText(request: Request, limit: number): Promise<string> {
  if (Number(request.headers.get('Content-Length') ?? 0) > limit) tooLarge(limit)
  if (!request.body) return ''
  // A length within the limit is one that the runtime itself holds the sender to.
  if (request.headers.has('Content-Length')) return request.text()
  const decoder = new TextDecoder()
  let text = ''
  let size = 0
  for await (const chunk of request.body) {
    size += chunk.byteLength
    if (size > limit) tooLarge(limit)
    text += decoder.decode(chunk, { stream: true })
  }
  return text + decoder.decode()
}

function tooLarge(limit: number): never {
  refuse('too_large', `A body may have ${limit / 1000} kB at most`)
}
