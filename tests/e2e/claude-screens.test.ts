import { mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { startMockMessagesApi } from '../claude-code/mock-messages-api.mjs'
import { open } from '../node/parts/sessions.ts'
import { seenAlike } from '../node/parts/watching.ts'
import { findClaude, prepareClaude } from './claude.ts'

const claude = findClaude()
if ('missing' in claude) console.error(`\n!!! SKIPPED, the screens of the real Claude Code: ${claude.missing}\n`)

const ANSWER = [
  '# A heading',
  'Some **bold** text, `code`, 漢字 and an accent: e\u0301.',
  '```ts',
  'const answer: number = 42 // coloured',
  '```',
  '| a | b |\n|---|---|\n| 1 | 2 |',
  ...Array.from({ length: 40 }, (_, n) => `- point ${n + 1}`),
].join('\n')

test.skipIf('missing' in claude)('Claude Code looks the same to whoever comes, whenever they come', async () => {
  if ('missing' in claude) return
  const place = realpathSync(mkdtempSync(join(tmpdir(), 'maestro-claude-')))
  onTestFinished(() => rmSync(place, { recursive: true, force: true, maxRetries: 5 }))
  const [home, repository] = [join(place, 'home'), join(place, 'app')]
  for (const folder of [home, repository]) mkdirSync(folder)
  const mock = await startMockMessagesApi({ script: { fallback: 'All done.' } })
  onTestFinished(() => mock.close())
  mock.push('main', ANSWER, {
    say: 'I will make a file.',
    tool: 'Bash',
    input: { command: 'touch made.txt', description: 'Make a file' },
  })
  const env = { PATH: process.env.PATH ?? '', LANG: 'C.UTF-8', ...prepareClaude(home, repository, mock.url) }
  const args = ['--permission-mode', 'default']
  const { dir, client } = await open(claude.program, args, { cwd: repository, env, cols: 91, rows: 27 })
  const texts = await seenAlike(dir, client, [
    { until: '❯' },
    { keys: 'tell me something', until: 'tell me something' },
    { keys: '\r', until: 'point 40' },
    { size: { cols: 70, rows: 22 }, until: 'point 40' },
    { keys: 'make a file', until: 'make a file' },
    { keys: '\r', until: 'touch made.txt' },
    { size: { cols: 96, rows: 30 }, until: 'touch made.txt' },
    { keys: '\x1b', until: '❯' },
    { keys: '/', until: '/' },
  ])
  expect(texts[2]).toContain('point 39')
})
