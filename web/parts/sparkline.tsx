const WIDTH = 280
const HEIGHT = 16

/** How busy something was, as a line; decoration beside words that say the same. */
export function Sparkline(props: { counts: number[]; class?: string }) {
  const still = () => props.counts.every((n) => n === 0)
  const points = () => {
    const top = Math.max(4, ...props.counts)
    const step = WIDTH / (props.counts.length - 1)
    return props.counts
      .map((n, i) => `${(i * step).toFixed(1)},${(HEIGHT - 2 - (n / top) * (HEIGHT - 4)).toFixed(1)}`)
      .join(' ')
  }
  return (
    <svg
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      preserveAspectRatio="none"
      aria-hidden="true"
      class={`h-4 w-full ${props.class ?? ''} ${still() ? 'text-edge' : ''}`}
    >
      <polyline
        points={points()}
        fill="none"
        stroke="currentColor"
        stroke-width="1.2"
        vector-effect="non-scaling-stroke"
        stroke-linejoin="round"
      />
    </svg>
  )
}
