import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, it } from 'node:test'
import { removeTree } from './remove-tree.ts'

const folder = mkdtempSync(join(tmpdir(), 'atelier-tree-'))
after(() => rmSync(folder, { recursive: true, force: true }))

it('folders in one another beyond the length of any path are removed, and nothing that links lead to', async () => {
  const tree = join(folder, 'tree')
  mkdirSync(tree)
  writeFileSync(join(folder, 'kept'), '')
  symlinkSync(join(folder, 'kept'), join(tree, 'link'))
  const deep =
    'i=0; while [ $i -lt 300 ]; do mkdir aaaaaaaaaaaaaaaaaaaa && cd -P aaaaaaaaaaaaaaaaaaaa || exit 1; i=$((i+1)); done'
  execFileSync('sh', ['-c', deep], { cwd: tree })
  await removeTree(tree)
  assert.ok(!existsSync(tree))
  assert.ok(existsSync(join(folder, 'kept')))
})

it('what is not there is removed already', () => removeTree(join(folder, 'nothing')))
