import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { serviceFor } from '../../cli/autostart.ts'
import { emptyFolder, envelope, say } from './cli.ts'

const analyze = '/usr/bin/systemd-analyze'

test('the system is told to start Maestro, once, and no more when that is taken back', async () => {
  const home = emptyFolder()
  const env = { HOME: home, MAESTRO_HOME: join(home, '.maestro') }
  const tell = async (...more: string[]) => envelope(await say(['spawner', 'install', ...more, '--json'], { env })).data
  const first = await tell()
  expect(first).toMatchObject({
    change: 'installed',
    next: expect.arrayContaining([expect.stringMatching(/^\w+ctl /)]),
  })
  const { file } = first as unknown as { file: string } // by the command's schema
  expect(readFileSync(file, 'utf8')).toContain(`MAESTRO_HOME`)
  expect(await tell()).toMatchObject({ change: 'none' })
  expect(await tell('--remove')).toMatchObject({ change: 'removed' })
  expect(existsSync(file)).toBe(false)
  expect(await tell('--remove')).toMatchObject({ change: 'none' })
})

test('agents outlive the restart of the service, on both systems', () => {
  expect(serviceFor('linux', { HOME: '/home/dev' }, '/h')?.text).toContain('\nKillMode=process\n')
  expect(serviceFor('darwin', { HOME: '/home/dev' }, '/h')?.text).toContain('<key>AbandonProcessGroup</key>\n  <true/>')
  expect(serviceFor('win32', {}, '/h')).toBeUndefined()
})

test.skipIf(!existsSync(analyze))('systemd takes the file, with a home of any name', () => {
  const folder = emptyFolder()
  const file = join(folder, 'maestro.service')
  writeFileSync(file, serviceFor('linux', { HOME: folder }, `${folder}/a "b" 100% $HOME \\n`)!.text)
  execFileSync(analyze, ['verify', file], { stdio: 'pipe' })
})
