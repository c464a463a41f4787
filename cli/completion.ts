import { join } from 'node:path'
import type { Command } from 'commander'
import * as z from 'zod'
import { validateChoice } from '../protocol/validate.ts'
import { type Context, found } from './context.ts'
import { written } from './noun.ts'

export const shells = ['bash', 'zsh', 'fish'] as const
const Script = z.object({ shell: z.enum(shells), script: z.string() })

/** `maestro completion`: what a shell must be told, so that it completes words, options and ids. */
export function completion(context: Context): Command {
  return written(
    context,
    'completion',
    'Print what makes a shell complete commands, options and ids',
    {
      args: [['<shell>', `One of: ${shells.join(', ')}`]],
      examples: [
        'maestro completion bash >> ~/.bashrc',
        'maestro completion zsh >> ~/.zshrc',
        'maestro completion fish > ~/.config/fish/completions/maestro.fish',
      ],
      output: Script,
      who: 'anyone',
    },
    async ([word]) => {
      const shell = validateChoice(word!, shells, 'shell')
      const { packageRoot } = await import('../embedded/package.ts')
      // By its path: another program called maestro may come first on the PATH, and would not know what it is asked.
      const script = scripts[shell](`'${join(packageRoot, 'cli/maestro').replaceAll("'", "'\\''")}'`)
      return found({ shell, script }, ({ script }) => script.trimEnd())
    },
  )
}

// Each asks `maestro complete -- <words so far>`. It answers a line per candidate, `value<tab>what it is`, or `:files` or
// `:folders` where only the shell knows.
const scripts: Record<(typeof shells)[number], (program: string) => string> = {
  bash: (program) => `
# Completion of maestro in bash.
_maestro() {
  local word="\${COMP_WORDS[COMP_CWORD]}" found value
  COMPREPLY=()
  found="$(${program} complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)"
  case $found in
    :files) compopt -o filenames 2>/dev/null; found="$(compgen -f -- "$word")" ;;
    :folders) compopt -o filenames 2>/dev/null; found="$(compgen -d -- "$word")" ;;
    *) compopt -o nosort 2>/dev/null ;;
  esac
  while IFS=$'\\t' read -r value _; do
    [ -z "$value" ] || COMPREPLY[\${#COMPREPLY[@]}]="$value"
  done <<< "$found"
}
complete -F _maestro maestro
`,
  zsh: (program) => `
#compdef maestro
# Completion of maestro in zsh.
_maestro() {
  local -a found values
  local line value
  found=("\${(@f)$(${program} complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  case $found[1] in
    :files) _files; return ;;
    :folders) _files -/; return ;;
  esac
  for line in $found; do
    value=\${\${line%%$'\\t'*}//:/\\\\:}
    [[ $line != *$'\\t'* ]] || value+=":\${line#*$'\\t'}"
    values+=($value)
  done
  _describe -V maestro values
}
if [[ $funcstack[1] == _maestro ]]; then
  _maestro "$@"
else
  (( $+functions[compdef] )) || { autoload -Uz compinit && compinit; }
  compdef _maestro maestro
fi
`,
  fish: (program) => `
# Completion of maestro in fish.
function __maestro_complete
    set -l words (commandline -opc)
    set -l word (commandline -ct)
    set -l found (${program} complete -- $words[2..-1] "$word" 2>/dev/null)
    switch "$found[1]"
        case ':files'
            __fish_complete_path "$word"
        case ':folders'
            __fish_complete_directories "$word"
        case '*'
            string join \\n -- $found
    end
end
complete -c maestro -e
complete -c maestro -f -k -a '(__maestro_complete)'
`,
}
