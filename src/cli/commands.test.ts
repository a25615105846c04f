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
    address: () => ({ host: '127.0.0.1', port: 0 }),
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
    for (const argv of [
      ['launch'],
      ['constructor'],
      ['env', 'now'],
      ['version', '2'],
      ['help', 'me'],
      ['--'],
      ['list-studio'],
    ]) {
      const { code, printed, complaints } = await run(argv)
      assert.deepEqual([code, printed], [252, ''], argv.join(' '))
      assert.match(complaints, /usage: atelier COMMAND/)
    }
  })
})
