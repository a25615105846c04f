import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, it } from 'node:test'
import { consoleIsStale, consoleStamp } from './console.js'

const root = mkdtempSync(join(tmpdir(), 'atelier-setup-'))
after(() => rmSync(root, { recursive: true }))

const write = (file, text) => {
  mkdirSync(dirname(join(root, file)), { recursive: true })
  writeFileSync(join(root, file), text)
}

it('the console is built again when one of its sources has changed, and for nothing else', () => {
  write('src/console/pages/launcher.tsx', 'a')
  write('vite.config.ts', 'a')
  assert.equal(consoleIsStale(root), true)
  write('dist/console.stamp', consoleStamp(root))
  write('dist/console/index.html', '')
  assert.equal(consoleIsStale(root), false)

  write('src/console/pages/launcher.test.ts', 'a')
  write('src/store/sessions.ts', 'a')
  assert.equal(consoleIsStale(root), false)

  for (const file of [
    'src/console/pages/launcher.tsx',
    'src/lifecycle/session.ts',
    'src/protocol/messages.ts',
    'contract/model.json',
    'vite.config.ts',
  ]) {
    write(file, 'b')
    assert.equal(consoleIsStale(root), true, file)
    write('dist/console.stamp', consoleStamp(root))
    assert.equal(consoleIsStale(root), false, file)
  }
  rmSync(join(root, 'dist/console'), { recursive: true })
  assert.equal(consoleIsStale(root), true, 'built, but removed since')
})
