import { setFlagsFromString } from 'node:v8'

// A daemon is there all day, beside the agents: after a burst it gives memory back instead of keeping it for the next one.
setFlagsFromString('--optimize-for-size')
setFlagsFromString('--max-semi-space-size=1')
setFlagsFromString('--semi-space-growth-factor=1')
const { main } = await import('./main.ts')
await main()
