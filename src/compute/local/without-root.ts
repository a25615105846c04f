/** For tests: a file of tests is run once more, by a user who is nobody. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chown, mkdtemp, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { it } from 'node:test'
import { isRoot } from './host.ts'

const limitMs = 280_000

export const testWithoutRoot = (file: string): void => {
  it('all of this holds without root', { skip: isRoot ? false : 'this is that run' }, async t => {
    const uid = 1_999_999_999
    const home = await mkdtemp(join(await realpath(tmpdir()), 'atelier-'))
    t.after(() => rm(home, { recursive: true }))
    await chown(home, uid, uid)
    // The checkout may lie in root's own home; in a mount namespace of its own it is seen from elsewhere.
    const project = await realpath(join(import.meta.dirname, '../../..'))
    const seen = (path: string) => (path.startsWith(`${project}/`) ? join('/mnt', relative(project, path)) : path)
    const child = spawn(
      'unshare',
      [
        ...['--mount', '--', 'sh', '-c', 'mount --bind -- "$1" /mnt; shift; cd /mnt; exec "$@"', 'sh', project],
        ...['setpriv', `--reuid=${uid}`, `--regid=${uid}`, '--clear-groups', '--no-new-privs', '--'],
        ...[seen(process.execPath), '--test', '--test-reporter=spec', seen(file)],
      ],
      {
        env: { PATH: '/usr/local/bin:/usr/bin:/bin', LANG: 'C.UTF-8', HOME: home, TMPDIR: home },
        stdio: ['ignore', 'pipe', 'pipe'],
        signal: AbortSignal.timeout(limitMs),
      },
    )
    let output = ''
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', text => {
        output += text
      })
    const [code] = await once(child, 'close')
    t.diagnostic(output)
    assert.equal(code, 0, output)
  })
}
