import { type JSX, Show } from 'solid-js'

/** A titled block of the aside or of a page. */
export function Card(props: { title: string; note?: JSX.Element; children: JSX.Element; class?: string }) {
  return (
    <section class={`border-b border-line px-4 py-3 last:border-0 ${props.class ?? ''}`}>
      <h3 class="mb-2 flex text-xs font-medium text-dim">
        {props.title}
        <Show when={props.note}>
          <span class="ml-auto font-normal text-faint">{props.note}</span>
        </Show>
      </h3>
      {props.children}
    </section>
  )
}
