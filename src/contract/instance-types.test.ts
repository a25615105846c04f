import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { readInstanceTypes } from './instance-types.ts'

describe('instance types', () => {
  it('are the names of the cloud and of Atelier, where an installation writes none down', () => {
    const types = readInstanceTypes(undefined)
    assert.deepEqual(types.get('local.small'), { vcpus: 1, memoryMiB: 1024, gpus: 0 })
    assert.deepEqual(types.get('g4dn.xlarge'), { vcpus: 4, memoryMiB: 16_384, gpus: 1 })
  })

  it('of an installation come beside them, and may give names of Atelier other figures', () => {
    const types = readInstanceTypes(
      '{"studio.large": {"vcpus": 8, "memoryMiB": 32768, "gpus": 1}, "local.small": {"vcpus": 2, "memoryMiB": 2048}}',
    )
    assert.deepEqual(types.get('studio.large'), { vcpus: 8, memoryMiB: 32_768, gpus: 1 })
    assert.deepEqual(types.get('local.small'), { vcpus: 2, memoryMiB: 2048, gpus: 0 })
    assert.ok(types.has('local.large') && types.has('g5.xlarge'))
  })

  const refused: Record<string, RegExp> = {
    '{': /is not JSON/,
    '[]': /the file must be an object/,
    '{"studio.large": 8}': /studio.large must be an object/,
    '{"Studio Large": {"vcpus": 8, "memoryMiB": 1024}}': /"Studio Large" is no name/,
    '{"__proto__": {"vcpus": 8, "memoryMiB": 1024}}': /"__proto__" is no name/,
    '{"g5.xlarge": {"vcpus": 8, "memoryMiB": 1024}}': /g5.xlarge is one of the cloud's names/,
    '{"a.b": {"memoryMiB": 1024}}': /vcpus of a.b must be a whole number from 1 to 1024/,
    '{"a.b": {"vcpus": 1, "memoryMiB": 100}}': /memoryMiB of a.b must be a whole number from 256/,
    '{"a.b": {"vcpus": 1, "memoryMiB": 1024, "gpus": -1}}': /gpus of a.b/,
    '{"a.b": {"vcpus": 1, "memory": 1024}}': /a.b has "memory"; there are/,
  }
  for (const [text, message] of Object.entries(refused))
    it(`are refused in one line that says why: ${text}`, () => {
      assert.throws(() => readInstanceTypes(text), { name: 'InstanceTypesError', message })
    })
})
