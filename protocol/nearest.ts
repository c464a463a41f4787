/** How many letters must be put in, left out, changed or swapped to make `b` of `a`. */
export function distance(a: string, b: string): number {
  let before: number[] = []
  let row = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const change = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)
      const swap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] ? before[j - 2]! + 1 : change
      next.push(Math.min(change, swap, row[j]! + 1, next[j - 1]! + 1))
    }
    before = row
    row = next
  }
  return row[b.length]!
}

/** What was most likely meant by `word`, or nothing when nothing is near. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  const wanted = word.toLowerCase()
  const scored = known.map((name) => ({ name, score: scoreOf(wanted, name.toLowerCase()) }))
  scored.sort((a, b) => a.score - b.score)
  const [best] = scored
  return best && best.score <= Math.max(1, Math.floor(wanted.length * 0.4)) ? best.name : undefined
}

function scoreOf(word: string, name: string): number {
  if (word.length >= 2 && name.startsWith(word)) return 0.5
  return distance(word, name)
}
