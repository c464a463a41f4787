import { createSignal } from 'solid-js'

const wideQuery = matchMedia('(min-width: 1440px)')
const narrowQuery = matchMedia('(max-width: 759.98px)')
const [wide, setWide] = createSignal(wideQuery.matches)
const [narrow, setNarrow] = createSignal(narrowQuery.matches)
wideQuery.addEventListener('change', ({ matches }) => setWide(matches))
narrowQuery.addEventListener('change', ({ matches }) => setNarrow(matches))

/** Room for a third column; and room for no more than one. The same widths as in styles.css. */
export { narrow, wide }
