/** Scripts that put no spaces between words: each of their characters is taken for one. */
const unspaced = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}]/u
const word = new RegExp(`${unspaced.source}|(?:(?!${unspaced.source})[\\p{L}\\p{N}])+`, 'gu')

/** The words of a text as they are searched: small letters without accents, punctuation left out. */
export function wordsOf(text: string): string[] {
  const plain = text.normalize('NFKD').replace(/\p{M}/gu, '').normalize('NFC').toLowerCase()
  return plain.match(word) ?? []
}

/** What is shorter is looked for as it is: too many words begin so. */
const SHORTEST_PREFIX = 3
/** So many words of a search go to the index, which is that of all projects; all of them are looked for in what it finds. */
const MOST_WORDS = 8

/** What somebody looks for: each word they typed as the words it consists of. `src/date` is found as the two side by side. */
export function phrasesOf(asked: string): string[][] {
  const phrases = asked
    .split(/\s+/)
    .map(wordsOf)
    .filter((words) => words.length > 0)
  return [...new Map(phrases.map((words) => [words.join(' '), words])).values()]
}

/** The phrases as FTS5 wants them, the longest first, since fewest have those; each may go on: `retr` finds `retry`. */
export function matchOf(phrases: string[][]): string {
  const parts: string[] = []
  let left = MOST_WORDS
  for (const words of phrases.toSorted((a, b) => b.join(' ').length - a.join(' ').length)) {
    const some = words.slice(0, left)
    if (some.length === 0) break
    left -= some.length
    parts.push(`"${some.join(' ')}"${some.length === words.length && goesOn(words.at(-1)!) ? '*' : ''}`)
  }
  return parts.join(' ')
}

/** Whether `word` stands for all words that begin with it. */
const goesOn = (word: string) => word.length >= SHORTEST_PREFIX

/** Whether all phrases are in `text`, as FTS5 would find them. */
export function hasAll(text: string, phrases: string[][]): boolean {
  const words = wordsOf(text)
  return phrases.every((phrase) => words.some((_, at) => isAt(words, at, phrase)))
}

function isAt(words: string[], at: number, phrase: string[]): boolean {
  return phrase.every((part, i) =>
    i < phrase.length - 1 || !goesOn(part) ? words[at + i] === part : (words[at + i]?.startsWith(part) ?? false),
  )
}
