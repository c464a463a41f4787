import { DatabaseSync } from 'node:sqlite'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { hasAll, matchOf, phrasesOf, wordsOf } from '../../db/words.ts'

const word = fc.constantFrom(
  'a',
  'b',
  'pa',
  'pay',
  'payments',
  'retry',
  'src/date.ts',
  'src/date',
  '漢字',
  '漢',
  'Über',
  '"',
)
const texts = fc.array(word, { minLength: 1, maxLength: 40, size: 'max' }).map((words) => words.join(' '))

test('a search asks the index of all projects for eight words at most, each once, and for what begins so only from three letters', () => {
  const asked = fc.oneof(
    texts,
    fc.string({ unit: 'grapheme', maxLength: 200 }),
    fc.string({ unit: fc.constantFrom('a', 'b', ' ', '/') }),
  )
  fc.assert(
    fc.property(asked, (text) => {
      const parts = matchOf(phrasesOf(text)).match(/"[^"]*"\*?/g) ?? []
      expect(parts.flatMap((part) => part.match(/[^" *]+/gu) ?? []).length).toBeLessThanOrEqual(8)
      expect(new Set(parts).size).toBe(parts.length)
      for (const [, last] of parts.map((part) => / ?([^" ]+)"\*$/u.exec(part) ?? []))
        expect(last?.length ?? 3).toBeGreaterThanOrEqual(3)
    }),
  )
  expect(matchOf(phrasesOf('a b c d e f g h i j '.repeat(10)))).toBe('"a" "b" "c" "d" "e" "f" "g" "h"')
})

test('the index gives whatever any reader would find', () => {
  const database = new DatabaseSync(':memory:')
  database.exec(
    "CREATE VIRTUAL TABLE search USING fts5(words, content='', contentless_delete=1, tokenize='unicode61 remove_diacritics 0')",
  )
  const insert = database.prepare('INSERT INTO search (rowid, words) VALUES (1, ?)')
  const query = database.prepare('SELECT count(*) AS n FROM search WHERE search MATCH ?')
  let found = 0
  fc.assert(
    fc.property(texts, fc.array(word, { minLength: 1, maxLength: 12 }), (text, asked) => {
      const phrases = phrasesOf(asked.join(' '))
      fc.pre(phrases.length > 0 && hasAll(text, phrases))
      database.exec('DELETE FROM search WHERE rowid = 1')
      insert.run(wordsOf(text).join(' '))
      found++
      expect(query.get(matchOf(phrases))).toEqual({ n: 1 })
    }),
  )
  expect(found).toBe(100)
})
