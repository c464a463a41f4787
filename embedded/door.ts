/** One SQL statement with its values. */
export type Statement = { sql: string; values?: (string | number | null)[] }

/** The Worker that runs our own SQL on D1: migrations and the owner's keys, before anybody has one. */
export const doorScript = `
export default {
  async fetch(request, { DB, SECRET }) {
    const given = new TextEncoder().encode(request.headers.get('authorization') ?? '')
    const known = new TextEncoder().encode(SECRET)
    if (given.length !== known.length || !crypto.subtle.timingSafeEqual(given, known)) return new Response(null, { status: 404 })
    try {
      const statements = (await request.json()).map(({ sql, values = [] }) => DB.prepare(sql).bind(...values))
      return Response.json({ rows: (await DB.batch(statements)).map(({ results }) => results) })
    } catch (error) {
      return Response.json({ error: String(error) })
    }
  },
}`
