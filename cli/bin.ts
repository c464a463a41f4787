#!/usr/bin/env node
import { version } from './version.ts'

// The answer to `--version` needs nothing else, and whoever asks for it (a prompt, a doctor, a test) asks often.
const argv = process.argv.slice(2)
if (argv.length === 1 && (argv[0] === '--version' || argv[0] === '-V')) {
  process.stdout.write(`${version}\n`)
} else {
  const { run } = await import('./process.ts')
  process.exitCode = await run(argv)
}
