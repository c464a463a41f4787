import { A } from '@solidjs/router'

export default function Nowhere() {
  return (
    <main class="grid h-full place-items-center p-6">
      <p class="text-dim">
        There is nothing here.{' '}
        <A href="/" class="text-accent hover:underline">
          All projects
        </A>
      </p>
    </main>
  )
}
