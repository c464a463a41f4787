import { createEffect, onCleanup } from 'solid-js'
import type { Project, Session } from '../../protocol/model.ts'

export const needsYou = (project: Project): Session[] =>
  Object.values(project.sessions).filter(({ status }) => status === 'waiting')
export const needsYouCount = (project: Project): number => needsYou(project).length

/** Says in the tab's title and icon how many sessions wait for a person, and where one is. */
export function createTitle(place: () => string, waiting: () => number): void {
  createEffect(() => {
    document.title = `${waiting() ? `(${waiting()}) ` : ''}${place()} · Maestro`
  })
  createEffect(() => showIcon(waiting() > 0 ? '/favicon-needs-you.svg' : '/favicon.svg'))
  onCleanup(() => showIcon('/favicon.svg'))
}

function showIcon(href: string): void {
  const link = document.querySelector<HTMLLinkElement>('link[rel=icon]')
  if (link && link.getAttribute('href') !== href) link.href = href
}
