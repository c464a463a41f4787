/** A daemon in small, to be killed: opens a holder, attaches, and tells what it has read, one line of JSON per piece. */
import { openHolder } from '../../../local-spawner/holder-client.ts'
import type { Launch } from '../../../local-spawner/holder-files.ts'

const [dir = '', launch = '', entry = ''] = process.argv.slice(2)
const client = await openHolder(dir, JSON.parse(launch) as Launch, entry) // the test made it
client.onOutput(({ offset, bytes }) => console.log(JSON.stringify({ offset, bytes: bytes.toString('base64') })))
client.attach(0)
