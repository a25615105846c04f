import assert from 'node:assert/strict'
import { cpSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { buildInputDriver, inputDriverIsStale } from './input-driver.js'

const root = mkdtempSync(join(tmpdir(), 'atelier-setup-'))
after(() => rmSync(root, { recursive: true }))

it('the driver for pens is built again when its source has changed, and a broken one replaces none that works', async () => {
  const source = 'src/compute/local/input-driver.c'
  cpSync(fileURLToPath(new URL(`../../${source}`, import.meta.url)), join(root, source))
  assert.equal(inputDriverIsStale(root), true)
  await buildInputDriver(root)
  assert.equal(inputDriverIsStale(root), false)

  writeFileSync(join(root, source), 'int main(void')
  assert.equal(inputDriverIsStale(root), true)
  await buildInputDriver(root)
  assert.equal(inputDriverIsStale(root), true)
  assert.ok(existsSync(join(root, 'dist/xorg/input/atelier_drv.so')))
})
