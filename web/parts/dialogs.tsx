import { lazy, Match, Suspense, Switch } from 'solid-js'
import { type Asked, dialog } from '../store/dialog.ts'

const NewTask = lazy(() => import('./new-task.tsx'))
const StartSession = lazy(() => import('./start-session.tsx'))
const BlockTask = lazy(() => import('./block-task.tsx'))
const ShortcutList = lazy(() => import('./shortcut-list.tsx'))
const Paste = lazy(() => import('./paste.tsx'))
const TakeOver = lazy(() => import('./take-over.tsx'))

/** Whichever dialog was asked for, loaded when it is. */
export function Dialogs() {
  const asked = <N extends Asked['name']>(name: N) => {
    const open = dialog()
    return open?.name === name ? (open as Extract<Asked, { name: N }>) : undefined // by the name just compared
  }
  return (
    <Suspense>
      <Switch>
        <Match when={asked('new-task')}>
          <NewTask />
        </Match>
        <Match when={asked('start')}>{(start) => <StartSession task={start().task} />}</Match>
        <Match when={asked('block')}>{(block) => <BlockTask task={block().task} />}</Match>
        <Match when={asked('shortcuts')}>
          <ShortcutList />
        </Match>
        <Match when={asked('paste')}>{(pasting) => <Paste {...pasting()} />}</Match>
        <Match when={asked('take-over')}>{(wish) => <TakeOver {...wish()} />}</Match>
      </Switch>
    </Suspense>
  )
}
