import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { programs } from '../local-spawner/programs.ts'

/** A file by which the system starts Maestro, the command lines that make it do so now, and those that end it. */
export type Service = { file: string; text: string; starts: string[]; start: string[]; stop: string[] }

type Environment = Record<string, string | undefined>

/** What the system starts where the server is this home's own, and where it is elsewhere. */
const commands = { server: ['up', '--no-open'], machine: ['spawner', 'start'] }

/** The service file for a system; nothing for one that has neither systemd nor launchd. `home` is Maestro's. */
export function serviceFor(
  platform: string,
  env: Environment,
  home: string,
  of: keyof typeof commands = 'server',
): Service | undefined {
  const starts = [process.execPath, programs.maestro, ...commands[of]]
  const own = env.HOME || homedir()
  if (platform === 'linux')
    return systemd(join(env.XDG_CONFIG_HOME || join(own, '.config'), 'systemd/user'), starts, home)
  if (platform === 'darwin') return launchd(join(own, 'Library/LaunchAgents'), starts, home)
  return undefined
}

// KillMode: agents live in holders that the spawner started, and must outlive it.
function systemd(folder: string, starts: string[], home: string): Service {
  const text = `[Unit]
Description=Maestro: runs agents on this machine
After=network.target

[Service]
ExecStart=${starts.map(quoted).join(' ')}
Environment=${quoted(`MAESTRO_HOME=${home}`)}
KillMode=process
Restart=on-failure
RestartSec=2

[Install]
WantedBy=default.target
`
  return {
    ...{ file: join(folder, 'maestro.service'), text, starts },
    start: ['systemctl --user daemon-reload', 'systemctl --user enable --now maestro'],
    stop: ['systemctl --user stop maestro', 'systemctl --user daemon-reload'],
  }
}

/** A word for systemd: `%` and `$` would be filled in, and a backslash taken away. */
const quoted = (word: string) =>
  `"${word.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('%', '%%').replaceAll('$', '$$$$')}"`

function launchd(folder: string, starts: string[], home: string): Service {
  const file = join(folder, 'dev.maestro.plist')
  const texts = (words: string[]) => words.map((word) => `    <string>${escaped(word)}</string>`).join('\n')
  const text = `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
  <key>Label</key>
  <string>dev.maestro</string>
  <key>ProgramArguments</key>
  <array>
${texts(starts)}
  </array>
  <key>EnvironmentVariables</key>
  <dict>
    <key>MAESTRO_HOME</key>
${texts([home])}
  </dict>
  <key>RunAtLoad</key>
  <true/>
  <key>KeepAlive</key>
  <dict>
    <key>SuccessfulExit</key>
    <false/>
  </dict>
  <key>AbandonProcessGroup</key>
  <true/>
</dict>
</plist>
`
  const word = `'${file.replaceAll("'", `'\\''`)}'`
  return { file, text, starts, start: [`launchctl load -w ${word}`], stop: ['launchctl remove dev.maestro'] }
}

const escaped = (word: string) => word.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

export function writeService({ file, text }: Service): 'installed' | 'none' {
  if (existsSync(file) && readFileSync(file, 'utf8') === text) return 'none'
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, text)
  return 'installed'
}

export function removeService({ file }: Service): 'removed' | 'none' {
  if (!existsSync(file)) return 'none'
  rmSync(file)
  return 'removed'
}
