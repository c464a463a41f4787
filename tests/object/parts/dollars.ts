/**
 * The platform's public prices in US dollars, as of November 2026, beyond what a paid plan includes: developers.cloudflare.com,
 * pricing of Workers, Durable Objects and D1. Per million, but for memory (per million GB-seconds).
 */
const prices = { request: 0.3, objectRequest: 0.15, objectRow: 1, d1Row: 1, gigabyteSeconds: 12.5 }
/** What an object is billed as, in GB, for as long as it is awake. */
const OBJECT_GB = 0.128

/** What was counted for one event. `a request` has so many events, and so many come in a second. */
export type Counted = { objectRows: number; d1Rows: number; alarms: number }
type Way = { name: string; batch: number; perSecond: number }

const ways: Way[] = [
  { name: 'posted one by one, 1 a second', batch: 1, perSecond: 1 },
  { name: 'posted one by one, 100 a second', batch: 1, perSecond: 100 },
  { name: 'by a daemon, 10 in a batch, 100 a second', batch: 10, perSecond: 100 },
  { name: 'by a daemon, 100 in a batch, 1000 a second', batch: 100, perSecond: 1_000 },
]

/** Dollars for a million events, by way of coming. Frames to viewers and the pings that the runtime answers cost nothing. */
export function dollars({ objectRows, d1Rows, alarms }: Counted): string {
  return ways
    .map(({ name, batch, perSecond }) => {
      const parts = {
        requests: (prices.request + prices.objectRequest) / batch,
        alarms: alarms * (prices.objectRequest + prices.objectRow), // setting one writes a row
        'rows of the object': objectRows * prices.objectRow,
        'rows of D1': d1Rows * prices.d1Row,
        // Awake all the time at 1 a second already: it sleeps after ten seconds of quiet.
        'time awake': (prices.gigabyteSeconds * OBJECT_GB) / perSecond,
      }
      const sum = Object.values(parts).reduce((all, part) => all + part, 0)
      const each = Object.entries(parts).map(([part, cost]) => `${part} ${cost.toFixed(2)}`)
      return `${name.padEnd(44)} $${sum.toFixed(2)}  (${each.join(', ')})`
    })
    .join('\n')
}
