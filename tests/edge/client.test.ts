import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { Client } from '../../client/client.ts'

test('a server that takes a request and never answers is given up', async () => {
  const silent = createServer(() => undefined)
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
  const { port } = silent.address() as AddressInfo // it listens on a port
  const client = new Client({ url: `http://127.0.0.1:${port}`, timeout: 50, patience: { retries: 0, delay: 0 } })
  await expect(client.ask('whoami', {})).rejects.toMatchObject({ code: 'timed_out' })
  silent.closeAllConnections()
  silent.close()
})
