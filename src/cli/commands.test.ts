import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { runCommand } from './commands.ts'
import { formatExports, parseExports, quickstartFile, readQuickstart, writeQuickstart } from './quickstart.ts'

const folder = mkdtempSync(join(tmpdir(), 'atelier-cli-'))
after(() => rmSync(folder, { recursive: true }))

const run = async (argv: string[], home = folder) => {
  const printed: string[] = []
  const complaints: string[] = []
  const code = await runCommand(argv, {
    home: () => home,
    poolShare: () => 0.8,
    shares: () => ({ shares: new Map(), shareGroup: undefined }),
    address: () => ({ host: '127.0.0.1', port: 0 }),
    repository: () => undefined,
    env: {},
    print: text => printed.push(text),
    complain: text => complaints.push(text),
    readInput: async () => '',
    pause: async () => {},
  })
  return { code, printed: printed.join('\n'), complaints: complaints.join('\n') }
}

const hard = {
  AWS_REGION: 'us-west-2',
  AWS_SECRET_ACCESS_KEY: `it's "$HOME" \`id\` $(id) \\ ; '' *`,
  AWS_DATA_PATH: '/a b',
}

describe('atelier env', () => {
  it('prints what the server wrote, and a shell takes every value as it is', async () => {
    writeQuickstart(folder, hard)
    const { code, printed, complaints } = await run(['env'])
    assert.deepEqual([code, complaints], [0, ''])
    for (const [name, value] of Object.entries(hard))
      assert.equal(
        execFileSync('sh', ['-c', `eval "$1"; printf %s "$${name}"`, 'sh', printed], { encoding: 'utf8' }),
        value,
      )
  })

  it('reads a file that only its owner can read', () => {
    writeFileSync(`${quickstartFile(folder)}.writing`, 'left by a crash', { mode: 0o644 })
    writeQuickstart(folder, hard)
    assert.equal(statSync(quickstartFile(folder)).mode & 0o777, 0o600)
    assert.deepEqual(readQuickstart(folder), hard)
  })

  it('says what to do when no server has been ready yet, on standard error only', async () => {
    const { code, printed, complaints } = await run(['env'], join(folder, 'nowhere'))
    assert.deepEqual([code, printed], [1, ''])
    assert.match(complaints, /^atelier env: there is no .*quickstart\.env yet: run npm start/)
  })

  it('prints nothing of a file with anything but exports in it', async () => {
    for (const line of [
      'rm -rf ~',
      "export A='b'; id",
      "export A='b' id",
      'export A=$(id)',
      "export A='b'\\''",
      " export A='b'",
    ]) {
      writeFileSync(quickstartFile(folder), `export OK='1'\n${line}\n`)
      const { code, printed } = await run(['env'])
      assert.deepEqual([code, printed], [1, ''], line)
    }
  })

  it('never exports a name or a value that would be two lines', () => {
    assert.throws(() => formatExports({ A: 'b\nid' }))
    assert.throws(() => formatExports({ 'A=b;id': '' }))
    assert.deepEqual(parseExports(formatExports(hard)), hard)
  })
})

describe('atelier', () => {
  it('shows its commands when called alone, with help and with --help', async () => {
    for (const argv of [[], ['help'], ['--help'], ['-h']]) {
      const { code, printed } = await run(argv)
      assert.equal(code, 0)
      assert.match(printed, /^usage: atelier COMMAND\n {2}env /)
    }
  })

  it('lists the settings', async () => {
    assert.match((await run(['help', 'settings'])).printed, /^ATELIER_HOME=~\/\.atelier\n/)
  })

  it('tells its version', async () => {
    for (const argv of [['version'], ['--version']]) assert.match((await run(argv)).printed, /^\d+\.\d+\.\d+$/)
  })

  it('answers what it does not understand with the usage on standard error and 252', async () => {
    for (const argv of [['launch'], ['constructor'], ['env', 'now'], ['version', '2'], ['help', 'me'], ['--']]) {
      const { code, printed, complaints } = await run(argv)
      assert.deepEqual([code, printed], [252, ''], argv.join(' '))
      assert.match(complaints, /usage: atelier COMMAND/)
    }
  })

  it('explains every operation, each flag with its bounds', async () => {
    for (const argv of [
      ['help', 'stop-streaming-session'],
      ['stop-streaming-session', '--help'],
    ]) {
      const { code, printed } = await run(argv)
      assert.equal(code, 0)
      assert.match(printed, /^usage: atelier stop-streaming-session --session-id TEXT --studio-id TEXT \[/)
      assert.match(printed, /--volume-retention-mode\n +one of: RETAIN, DELETE/)
      assert.match(printed, /--client-token\n +text, 1 to 64 characters/)
    }
    const { printed } = await run(['help', 'operations'])
    for (const name of printed.split('\n').slice(1)) assert.equal((await run(['help', name.trim()])).code, 0, name)
  })

  it('suggests the command that was meant', async () => {
    const meant = { 'list-studio': 'list-studios', verison: 'version', 'creat-studio': 'create-studio' }
    for (const [given, name] of Object.entries(meant)) {
      const { code, printed, complaints } = await run([given])
      assert.deepEqual([code, printed], [252, ''], given)
      // Nothing comes after it that would move it out of sight.
      assert.match(complaints, new RegExp(`did you mean ${name}\\?\\n?$`))
    }
    assert.match((await run(['get-studio', '--studio-di', 'a'])).complaints, /did you mean --studio-id\?/)
    assert.match((await run(['get-studio', '--studio', 'a'])).complaints, /did you mean --studio-id\?/)
    assert.match((await run(['wait', 'studio-redy'])).complaints, /did you mean studio-ready\?/)
    assert.match((await run(['user', 'crate'])).complaints, /did you mean create\?/)
  })

  it('prints an input that it takes again', async () => {
    const { printed } = await run(['create-studio', '--generate-cli-skeleton'])
    const { code, complaints } = await run(['create-studio', '--cli-input-json', printed], join(folder, 'nowhere'))
    // Understood; there is only no server to send it to.
    assert.deepEqual([code, complaints.includes('which server')], [253, true])
  })

  it('refuses with 252 what the model cannot take', async () => {
    const create = ['create-streaming-session', '--studio-id', 'a', '--launch-profile-id', 'b']
    for (const argv of [
      [...create, '--tags', 'a'],
      [...create, '--tags', '{"a":'],
      [...create, '--tags', 'a=b,c'],
      ['create-streaming-session-stream', '--studio-id', 'a', '--session-id', 'b', '--expiration-in-seconds', 'x'],
      ['list-studios', '--max-items', '0'],
      ['list-studios', '--max-items', '3', '--no-paginate'],
      ['list-studios', '--output', 'xml'],
      ['list-studios', '--cli-input-json', '[]'],
      ['list-studios', '--cli-input-json', '{"studioIdd": "a"}'],
      ['list-studios', '--cli-input-json', 'file:///nowhere'],
    ])
      assert.equal((await run(argv, join(folder, 'nowhere'))).code, 252, argv.join(' '))
  })
})
