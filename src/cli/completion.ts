/** `atelier completion`: a script for the shell with every command, flag and value in it, so that Tab asks nobody. */
import { shapeOf } from '../contract/model.ts'
import { waiters } from '../contract/waiters.ts'
import { flagsOfVerb, groups } from './administration.ts'
import { type Flag, type Flags, flagsOf } from './arguments.ts'
import { commands } from './commands.ts'
import { imageFlags, imageVerbs } from './images.ts'
import { typedOperations, typedWaiters } from './names.ts'
import { misused, type Terminal } from './terminal.ts'

/** One command with all its words, such as `list-studios` or `user create`. */
interface Entry {
  words: string
  flags: Flags
}

const entries = (): Entry[] => [
  ...[...typedOperations].map(([words, operation]) => ({ words, flags: flagsOf(operation) })),
  ...[...typedWaiters].map(([name, waiter]) => ({
    words: `wait ${name}`,
    flags: flagsOf(waiters[waiter]?.operation ?? ''),
  })),
  ...Object.entries(groups).flatMap(([group, verbs]) =>
    Object.keys(verbs).map(verb => ({ words: `${group} ${verb}`, flags: flagsOfVerb(group, verb) })),
  ),
  ...Object.keys(imageVerbs).map(verb => ({ words: `image ${verb}`, flags: imageFlags(verb) })),
]

/** The words that may follow a command which is none by itself. */
const seconds = (): Record<string, string[]> => ({
  wait: [...typedWaiters.keys()],
  ...Object.fromEntries(Object.entries(groups).map(([group, verbs]) => [group, Object.keys(verbs)])),
  image: Object.keys(imageVerbs),
  sdk: ['install'],
  completion: Object.keys(shells),
  help: ['settings', 'operations', ...typedOperations.keys()],
  doctor: ['--output'],
})

const firsts = () => [...Object.keys(commands), ...typedOperations.keys()].sort()

/** Values of a flag that are known beforehand. */
const choicesOf = ({ choices, member }: Flag): readonly string[] => {
  if (choices || !member) return choices ?? []
  const shape = shapeOf(member.shape)
  return (shape.type === 'list' ? shapeOf(shape.member.shape) : shape).enum ?? []
}

const withChoices = ({ flags }: Entry) =>
  Object.entries(flags).flatMap(([flag, entry]) => {
    const choices = choicesOf(entry)
    return choices.length > 0 ? [{ flag, choices }] : []
  })

/** A word of the line, as bash writes it. */
const word = (at: string) => `\${COMP_WORDS[${at}]}`

/** Bash, and zsh through its own layer for bash's completions: one script of two `case` tables. */
const bash = () =>
  [
    '_atelier() {',
    `  local current=${word('COMP_CWORD')} command=${word('1')} flag= i words=`,
    '  case $command in',
    `    ${Object.keys(seconds())
      .filter(name => name !== 'doctor' && name !== 'help')
      .join('|')}) (( COMP_CWORD > 2 )) && command="$command ${word('2')}" ;;`,
    '  esac',
    '  for (( i = COMP_CWORD - 1; i > 1; i-- )); do',
    `    case ${word('i')} in --*) flag=${word('i')}; break ;; esac`,
    '  done',
    '  if (( COMP_CWORD == 1 )); then',
    `    words='${firsts().join(' ')}'`,
    '  else',
    '    case "$command" in',
    ...Object.entries(seconds()).map(([name, words]) => `      ${name}) words='${words.join(' ')}' ;;`),
    ...entries().map(({ words, flags }) => `      '${words}') words='${Object.keys(flags).join(' ')}' ;;`),
    '    esac',
    '    case "$current:$command $flag" in',
    '      --*) ;;',
    ...entries().flatMap(entry =>
      withChoices(entry).map(
        ({ flag, choices }) => `      *:'${entry.words} ${flag}') words='${choices.join(' ')}' ;;`,
      ),
    ),
    '    esac',
    '  fi',
    '  COMPREPLY=()',
    '  while IFS= read -r i; do COMPREPLY+=("$i"); done < <(compgen -W "$words" -- "$current")',
    '}',
    'complete -o default -F _atelier atelier',
  ].join('\n')

const zsh = () =>
  [
    // Where nobody has set completion up yet, which most do in ~/.zshrc.
    '(( $+functions[compdef] )) || { autoload -Uz compinit && compinit }',
    'autoload -U +X bashcompinit && bashcompinit',
    bash(),
  ].join('\n')

const fish = () =>
  [
    'complete -c atelier -e',
    `complete -c atelier -f -n __fish_use_subcommand -a '${firsts().join(' ')}'`,
    ...Object.entries(seconds()).map(
      ([name, words]) => `complete -c atelier -f -n '__fish_seen_subcommand_from ${name}' -a '${words.join(' ')}'`,
    ),
    ...entries().flatMap(({ words, flags }) => {
      const seen = words
        .split(' ')
        .map(word => `__fish_seen_subcommand_from ${word}`)
        .join('; and ')
      return Object.entries(flags).map(([flag, entry]) => {
        const choices = choicesOf(entry)
        const value = choices.length > 0 ? ` -x -a '${choices.join(' ')}'` : entry.takes === 'none' ? '' : ' -r'
        return `complete -c atelier -n '${seen}' -l ${flag.slice(2)}${value}`
      })
    }),
  ].join('\n')

const shells: Readonly<Record<string, () => string>> = { bash, zsh, fish }

export const runCompletion = ([shell = '', ...rest]: readonly string[], terminal: Terminal): void => {
  const script = Object.hasOwn(shells, shell) ? shells[shell] : undefined
  if (!script || rest.length > 0) throw misused(`usage: atelier completion ${Object.keys(shells).join('|')}`)
  terminal.print(script())
}
