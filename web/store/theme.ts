import { createSignal } from 'solid-js'

export const themes = ['system', 'light', 'dark'] as const
export type Theme = (typeof themes)[number]

const STORED = 'maestro.theme' // read by public/theme.js before the first paint
const stored = localStorage.getItem(STORED)
const [theme, keepTheme] = createSignal<Theme>(stored === 'light' || stored === 'dark' ? stored : 'system')

export { theme }

export function setTheme(chosen: Theme): void {
  keepTheme(chosen)
  if (chosen === 'system') {
    localStorage.removeItem(STORED)
    delete document.documentElement.dataset.theme
    return
  }
  localStorage.setItem(STORED, chosen)
  document.documentElement.dataset.theme = chosen
}
