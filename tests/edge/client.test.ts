import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { Client } from '../../client/client.ts'

/** A client that asks once, of a server that does this with every request. */
async function clientOf(listener: RequestListener) {
  const server = createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo // it listens on a port
  return new Client({ url: `http://127.0.0.1:${port}`, timeout: 50, patience: { retries: 0, delay: 0 } })
}

test('a server that takes a request and never answers is given up', async () => {
  const client = await clientOf(() => undefined)
  await expect(client.ask('whoami', {})).rejects.toMatchObject({ code: 'timed_out' })
})

test('a server that dies in the middle of its answer has not answered', async () => {
  const client = await clientOf((_, response) => {
    response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': '100' })
    response.write('{"success":', () => response.destroy())
  })
  // With time enough: it is the end of the connection that is to be noticed.
  await expect(client.with({ timeout: 10_000 }).ask('whoami', {})).rejects.toMatchObject({ code: 'unreachable' })
})

test('a server that stops in the middle of its answer is given up', async () => {
  const client = await clientOf((_, response) => {
    response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': '100' })
    response.write('{"success":')
  })
  await expect(client.ask('whoami', {})).rejects.toMatchObject({ code: 'timed_out' })
})
