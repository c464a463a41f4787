import type { Context } from 'hono'
import { refuse } from '../protocol/errors.ts'
import type { App } from './env.ts'

const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "style-src-attr 'unsafe-inline'", // the terminal places its rows and cursor by attribute
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "manifest-src 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
  "form-action 'none'",
].join('; ')

const headers = {
  'Content-Security-Policy': policy,
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
}

/** The web UI: files built with their hash in the name are good for ever, the page itself is asked for each time. */
export async function assets(c: Context<App>): Promise<Response> {
  if (!c.env.ASSETS) refuse('route_not_found', 'The web UI is not built', { suggestion: 'npm run build' })
  const found = await c.env.ASSETS.fetch(c.req.raw)
  // For an unknown path the page itself is found, which is right for a place in the UI and wrong for one of its files.
  if (c.req.path.startsWith('/assets/') && found.headers.get('Content-Type')?.startsWith('text/html')) {
    refuse('route_not_found', 'There is no such file: the page it belongs to is of another version')
  }
  const response = new Response(found.body, found)
  for (const [name, value] of Object.entries(headers)) response.headers.set(name, value)
  const forever = c.req.path.startsWith('/assets/') && found.ok
  response.headers.set('Cache-Control', forever ? 'public, max-age=31536000, immutable' : 'no-cache')
  return response
}
