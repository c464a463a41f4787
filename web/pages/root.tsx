import { type RouteSectionProps, useLocation, useNavigate } from '@solidjs/router'
import { createEffect, Suspense } from 'solid-js'
import { Toasts } from '../parts/toasts.tsx'
import { key } from '../store/person.ts'

/** Around every page: whoever is signed out is sent to sign in, and comes back to where they wanted to go. */
export function Root(props: RouteSectionProps) {
  const at = useLocation()
  const go = useNavigate()
  createEffect(() => {
    if (key() || at.pathname === '/sign-in') return
    const wanted = at.pathname + at.search
    go(wanted === '/' ? '/sign-in' : `/sign-in?to=${encodeURIComponent(wanted)}`, { replace: true })
  })
  return (
    <>
      <Suspense>{props.children}</Suspense>
      <Toasts />
    </>
  )
}
