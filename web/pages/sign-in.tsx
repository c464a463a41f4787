import { useNavigate, useSearchParams } from '@solidjs/router'
import { createSignal, Match, onMount, Switch } from 'solid-js'
import type { MaestroError } from '../../protocol/errors.ts'
import { Button } from '../parts/button.tsx'
import { Copy } from '../parts/copy.tsx'
import { Glyph } from '../parts/glyph.tsx'
import { client, key, signIn } from '../store/person.ts'

type State = { at: 'asking' } | { at: 'signed-out' } | { at: 'refused'; why: string; again?: () => void }

export default function SignIn() {
  const go = useNavigate()
  const [search] = useSearchParams<{ to?: string }>()
  const [state, setState] = createSignal<State>({ at: 'asking' })

  const token = new URLSearchParams(location.hash.slice(1)).get('t')
  // At once, whatever comes of it: a token has no place in a history.
  if (location.hash) history.replaceState(history.state, '', location.pathname + location.search)

  const enter = async () => {
    const { items } = await client().ask('project.list', {})
    const [only] = items
    const wanted = search.to && /^\/(?!\/)/.test(search.to) ? search.to : undefined
    go(wanted ?? (only && items.length === 1 ? `/p/${only.id}` : '/'), { replace: true })
  }
  const exchange = async () => {
    if (!token && !key()) return setState({ at: 'signed-out' })
    setState({ at: 'asking' })
    try {
      if (token) await signIn(token)
      await enter()
    } catch (error) {
      const { code, message } = error as MaestroError // the client throws nothing else
      if (code === 'link_used' && key()) return enter().catch(() => setState({ at: 'refused', why: used }))
      if (code === 'unauthenticated' || code === 'credentials_ended') return setState({ at: 'signed-out' })
      setState(
        code === 'link_used'
          ? { at: 'refused', why: used }
          : { at: 'refused', why: message, again: () => void exchange() },
      )
    }
  }
  onMount(() => void exchange())
  const refused = () => {
    const now = state()
    return now.at === 'refused' ? now : undefined
  }

  return (
    <main class="grid h-full place-items-center overflow-auto p-6">
      <div class="w-full max-w-sm">
        <Glyph size="large" />
        <h1 class="mt-5 text-xl font-semibold">Maestro</h1>
        <Switch>
          <Match when={state().at === 'asking'}>
            <p class="mt-1 text-dim" role="status">
              Signing in…
            </p>
          </Match>
          <Match when={state().at === 'signed-out'}>
            <p class="mt-1 text-dim">This browser is signed out. Ask for a link where Maestro runs:</p>
            <Way />
          </Match>
          <Match when={refused()}>
            {(now) => (
              <>
                <p class="mt-1 text-dim" role="alert">
                  {now().why}
                </p>
                <Way />
                {now().again && (
                  <Button class="mt-4" onClick={now().again}>
                    Try again
                  </Button>
                )}
              </>
            )}
          </Match>
        </Switch>
      </div>
    </main>
  )
}

const used = 'This link was used. Run `maestro open` for a new one.'

function Way() {
  return (
    <div class="mt-4 rounded-lg border border-edge bg-panel p-4">
      <div class="mono flex items-center gap-2 rounded-md border border-line bg-bg px-3 py-2">
        <span class="text-faint select-none">$</span>
        <Copy text="maestro open" class="!text-text" />
      </div>
      <p class="mt-2.5 text-xs text-faint">
        It opens this page with a link that works once. In a clone, it is cli/maestro open.
      </p>
    </div>
  )
}
