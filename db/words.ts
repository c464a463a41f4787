/** Scripts that put no spaces between words: each of their characters is taken for one. */
const unspaced = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}]/u
const word = new RegExp(`${unspaced.source}|(?:(?!${unspaced.source})[\\p{L}\\p{N}])+`, 'gu')

/** The words of a text as they are searched: small letters without accents, punctuation left out. */
export function wordsOf(text: string): string[] {
  const plain = text.normalize('NFKD').replace(/\p{M}/gu, '').normalize('NFC').toLowerCase()
  return plain.match(word) ?? []
}

/** What somebody looks for: each word they typed as the words it consists of. `src/date` is found as the two side by side. */
export function phrasesOf(asked: string): string[][] {
  return asked
    .split(/\s+/)
    .map(wordsOf)
    .filter((words) => words.length > 0)
}

/** The phrases as FTS5 wants them; all of them must be there, each may go on: `retr` finds `retry`. */
export function matchOf(phrases: string[][]): string {
  return phrases.map((words) => `"${words.join(' ')}"*`).join(' ')
}

/** Whether all phrases are in `text`, as FTS5 would find them. */
export function hasAll(text: string, phrases: string[][]): boolean {
  const words = wordsOf(text)
  return phrases.every((phrase) => words.some((_, at) => isAt(words, at, phrase)))
}

function isAt(words: string[], at: number, phrase: string[]): boolean {
  return phrase.every((part, i) =>
    i < phrase.length - 1 ? words[at + i] === part : (words[at + i]?.startsWith(part) ?? false),
  )
}
