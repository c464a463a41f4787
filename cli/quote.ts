/** `word` as a POSIX shell must be given it. */
export function quote(word: string): string {
  if (/^[\w@%+=:,./-]+$/.test(word)) return word
  if (!/["$`\\!]/.test(word)) return `"${word}"`
  return `'${word.replaceAll("'", `'\\''`)}'`
}

/** A command line that can be copied into a shell. */
export function commandLine(argv: readonly string[]): string {
  return ['maestro', ...argv.map(quote)].join(' ')
}
