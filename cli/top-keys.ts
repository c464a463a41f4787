const named = {
  '\x1b[A': 'up',
  '\x1bOA': 'up',
  '\x1b[B': 'down',
  '\x1bOB': 'down',
  '\x1b[H': 'home',
  '\x1b[1~': 'home',
  g: 'home',
  '\x1b[F': 'end',
  '\x1b[4~': 'end',
  G: 'end',
  '\r': 'enter',
  '\n': 'enter',
  '\x1b': 'escape',
  '\x03': 'ctrl-c',
} as const

const letters = ['j', 'k', 'a', 's', 'o', 'q', 'y', 'n', '?'] as const

export type Key = (typeof named)[keyof typeof named] | (typeof letters)[number]

/** The keys that were pressed, in order; those without a meaning are left out. */
export function keysIn(bytes: Uint8Array): Key[] {
  const text = new TextDecoder().decode(bytes)
  const pressed = text.match(/\x1b(?:\[[\d;]*[A-Za-z~]|O[A-Z])?|./gsu) ?? []
  return pressed.flatMap((one) => named[one as keyof typeof named] ?? letters.find((letter) => letter === one) ?? [])
}
