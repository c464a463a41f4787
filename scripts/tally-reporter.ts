import type { Reporter, TestCase, TestModule } from 'vitest/node'

/** Those left out by `-t` count as skipped, and are many. */
const shown = 20

type Tally = { passed: number; failed: number; skipped: string[] }

/** Ends a run of the tests with one plain line, `N passed, N failed`, after everything else that is printed. */
export default class TallyReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    const tally: Tally = { passed: 0, failed: errors.length, skipped: [] }
    for (const module of modules) count(module, tally)
    process.once('exit', () => {
      for (const name of tally.skipped.slice(0, shown)) console.log(`skipped: ${name}`)
      if (tally.skipped.length > shown) console.log(`skipped: ${tally.skipped.length - shown} more`)
      console.log(`${tally.passed} passed, ${tally.failed} failed`)
    })
  }
}

function count(module: TestModule, tally: Tally): void {
  for (const test of module.children.allTests()) {
    const { state } = test.result()
    if (state === 'passed') tally.passed++
    else if (state === 'skipped') tally.skipped.push(nameSkipped(test))
    else tally.failed++
  }
  // A file that cannot be loaded, or whose set-up fails, has no failed test of its own to count.
  tally.failed += module.errors().length
}

function nameSkipped(test: TestCase): string {
  const result = test.result()
  const why = result.state === 'skipped' ? result.note : undefined
  return why ? `${test.fullName} (${why})` : test.fullName
}
