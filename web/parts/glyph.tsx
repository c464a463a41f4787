/** Maestro's mark. */
export function Glyph(props: { size?: 'large' }) {
  return (
    <span
      aria-hidden="true"
      class={`grid shrink-0 place-items-center bg-linear-135 from-accent to-[var(--violet)] font-mono font-bold text-[light-dark(#fff,#0b0d10)] ${props.size ? 'size-10 rounded-[10px] text-[22px]' : 'size-5 rounded-[5px] text-xs'}`}
    >
      M
    </span>
  )
}
