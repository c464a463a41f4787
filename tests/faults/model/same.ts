/** Fails with the first place where two values differ, as JSON has them and whatever the order of their fields. */
export function same(is: unknown, should: unknown): void {
  const where = difference(is, should, '')
  if (where) throw new Error(where)
}

function difference(is: unknown, should: unknown, path: string): string | undefined {
  if (Object.is(is, should)) return undefined
  if (typeof is !== 'object' || typeof should !== 'object' || is === null || should === null)
    return `${path || 'it'} is ${JSON.stringify(is)} and should be ${JSON.stringify(should)}`
  const [a, b] = [is, should] as Record<string, unknown>[] // both are objects
  for (const name of new Set([...Object.keys(a!), ...Object.keys(b!)])) {
    const found = difference(a![name], b![name], `${path}.${name}`)
    if (found) return found
  }
  return undefined
}
