import '@xterm/xterm/css/xterm.css'
import { FitAddon } from '@xterm/addon-fit'
import { type IDisposable, Terminal } from '@xterm/xterm'
import { keysOf, wantsAsking } from '../../client/paste.ts'
import { guard } from '../../client/screen-guard.ts'
import type { Size } from '../../client/terminal-view.ts'
import type { Pasting } from '../store/dialog.ts'
import type { Screen } from '../store/terminal.ts'
import { adoptingStyles } from './terminal-styles.ts'

const LARGEST = 13
/** Below this (px) nobody can read it: the screen scrolls sideways instead. */
const SMALLEST = 9.5
const SCROLLING = 10.5
const FONT =
  'ui-monospace, "SF Mono", "JetBrains Mono", "Cascadia Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace'

const theme = {
  ...{
    background: '#0a0c0e',
    foreground: '#cfd6dd',
    cursor: '#8ab4ff',
    cursorAccent: '#0a0c0e',
    selectionBackground: '#3a5a8a80',
  },
  ...{ black: '#1a1e23', red: '#f0716d', green: '#4fc38a', yellow: '#f2b04b', blue: '#7fb2ff', magenta: '#b39bff' },
  ...{ cyan: '#5ec8d8', white: '#cfd6dd', brightBlack: '#7d8792', brightRed: '#ff8f8b', brightGreen: '#74dba8' },
  ...{
    brightYellow: '#ffc876',
    brightBlue: '#a5caff',
    brightMagenta: '#cdbcff',
    brightCyan: '#8be0ec',
    brightWhite: '#ffffff',
  },
}

/**
 * Before a screen that replaces all: whatever is still to be drawn is drawn first, and a sequence that was cut ends here. xterm
 * shows no cursor to who never had the focus, until the program has changed screens once.
 */
const AFRESH = new TextEncoder().encode('\x18\x1b[?1047h\x1b[?1047l')

/**
 * A terminal's screen within `parent`, as large as the program's own and scaled to fit the width it is given. `typed` answers
 * whether the keys went to the program; `ask` lets a person decide on a long paste.
 */
export function makeScreen(
  parent: HTMLElement,
  typed: (bytes: Uint8Array<ArrayBuffer>) => boolean,
  ask: (pasting: Pasting) => void,
) {
  const terminal = new Terminal({
    ...{ theme, fontFamily: FONT, fontSize: 12, lineHeight: 1.2, scrollback: 5_000, allowProposedApi: false },
    ...{
      disableStdin: true,
      cursorInactiveStyle: 'outline',
      minimumContrastRatio: 3,
    },
    linkHandler: { activate: (_, uri) => openLink(uri) },
  })
  const fitter = new FitAddon()
  terminal.loadAddon(fitter)
  guard(terminal)
  silence(terminal)
  const dropStyles = adoptingStyles(() => terminal.open(parent))
  const text = new TextEncoder()
  terminal.onData((data) => void typed(text.encode(data)))
  terminal.onBinary((data) => void typed(Uint8Array.from(data, (character) => character.charCodeAt(0))))
  terminal.attachCustomKeyEventHandler((event) => !leaves(event, terminal))

  const paste = (event: ClipboardEvent) => {
    event.preventDefault()
    event.stopPropagation() // xterm would type it as it is
    const pasted = event.clipboardData?.getData('text/plain')
    if (!pasted || terminal.options.disableStdin) return
    const marked = () => terminal.modes.bracketedPasteMode
    const go = () => typed(keysOf(pasted, marked()))
    if (wantsAsking(pasted)) ask({ text: pasted, marked: marked(), paste: go })
    else go()
  }
  parent.addEventListener('paste', paste, { capture: true })

  const scale = () => {
    const { fontSize } = terminal.options
    const wanted = fitter.proposeDimensions()
    if (!wanted || !fontSize || !Number.isFinite(wanted.cols)) return
    const fit = Math.min((fontSize * wanted.cols) / terminal.cols, (fontSize * wanted.rows) / terminal.rows)
    const size = fit < SMALLEST ? SCROLLING : Math.min(LARGEST, Math.floor(fit * 4) / 4)
    if (size !== fontSize) terminal.options.fontSize = size
    // What is said last is what matters where not everything fits; where it does, nothing may be scrolled away.
    parent.style.overflow = fit < SMALLEST ? 'auto' : 'hidden'
    requestAnimationFrame(() => {
      parent.scrollTop = fit < SMALLEST ? parent.scrollHeight : 0
    })
  }
  const observer = new ResizeObserver(scale)
  observer.observe(parent)

  const screen: Screen = {
    show(bytes, { cols, rows }) {
      terminal.write(AFRESH, () => {
        terminal.reset()
        if (cols && rows) terminal.resize(cols, rows)
      })
      terminal.write(bytes, scale)
    },
    write: (bytes) => terminal.write(bytes),
    resize({ cols, rows }) {
      // What came before is drawn at the old size.
      terminal.write('', () => {
        terminal.resize(cols, rows)
        scale()
      })
    },
  }
  return {
    screen,
    /** The size that would fill the window with letters of a readable size. */
    fitting: (): Size | undefined => {
      terminal.options.fontSize = LARGEST
      const fit = fitter.proposeDimensions()
      return fit && { cols: Math.max(40, fit.cols), rows: Math.max(10, fit.rows) }
    },
    allow(typing: boolean) {
      terminal.options.disableStdin = !typing
      terminal.options.cursorBlink = typing
      if (typing) terminal.focus()
    },
    dispose() {
      observer.disconnect()
      terminal.dispose()
      dropStyles()
    },
  }
}

/**
 * The terminal at the daemon answers what programs ask of terminals. This one only looks: it must take such questions
 * without a word, or each viewer would type another answer into the program. And it gives nobody the clipboard.
 */
function silence({ parser }: Terminal): IDisposable[] {
  const swallow = () => true
  const questions = [
    ...[
      { final: 'c' },
      { prefix: '>', final: 'c' },
      { prefix: '=', final: 'c' },
      { final: 'n' },
      { prefix: '?', final: 'n' },
    ],
    ...[
      { intermediates: '$', final: 'p' },
      { prefix: '?', intermediates: '$', final: 'p' },
      { prefix: '>', final: 'q' },
    ],
    ...[{ prefix: '?', final: 'u' }, { final: 'x' }, { final: 't' }],
  ]
  const asksColour = (data: string) => data.includes('?')
  return [
    ...questions.map((id) => parser.registerCsiHandler(id, swallow)),
    parser.registerDcsHandler({ intermediates: '$', final: 'q' }, swallow),
    parser.registerDcsHandler({ intermediates: '+', final: 'q' }, swallow),
    ...[4, 10, 11, 12].map((id) => parser.registerOscHandler(id, asksColour)),
    parser.registerOscHandler(52, swallow),
  ]
}

/** Shift+Esc gives the focus back to the page: Tab and Esc belong to the program. */
function leaves(event: KeyboardEvent, terminal: Terminal): boolean {
  if (event.key !== 'Escape' || !event.shiftKey) return false
  if (event.type === 'keydown') terminal.blur()
  return true
}

function openLink(uri: string): void {
  if (/^https?:\/\//i.test(uri)) window.open(uri, '_blank', 'noopener,noreferrer')
}
