import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { checkRecipe, packageSources, type Recipe, standardRecipe } from './recipe.ts'

describe('a recipe', () => {
  const odd: [string, Partial<Recipe>, RegExp][] = [
    ['a release that is a path', { suite: '../etc' }, /not the name of a release/],
    ['a release that is an option', { suite: '--help' }, /not the name of a release/],
    [
      'a package that is an option',
      { packages: ['vim', '--option'] },
      /"--option" is not the name of a Debian package/,
    ],
    ['a package that is a file', { packages: ['./a.deb'] }, /not the name of a Debian package/],
    ['no package between two commas', { packages: ['vim', ''] }, /not the name of a Debian package/],
    ['a mirror with a password', { mirror: 'http://user:pass@mirror/debian' }, /without user name and password/],
    ['a mirror that is a folder of the host', { mirror: 'file:///etc' }, /http or https/],
    ['a mirror that is two lines', { mirror: 'http://mirror/debian bookworm main\ndeb' }, /http or https/],
  ]
  for (const [what, change, message] of odd)
    it(`with ${what} is refused`, () => {
      assert.throws(() => checkRecipe({ ...standardRecipe, ...change }), { code: 'AMI_VALIDATION_ERROR', message })
    })

  it('takes security updates from Debian, and from another mirror what is there', () => {
    checkRecipe({ ...standardRecipe, packages: ['g++', 'libgtk-3-0', '7zip'] })
    assert.match(
      packageSources(standardRecipe),
      /^deb http:\/\/deb.debian.org\/debian-security bookworm-security main$/m,
    )
    const own = { suite: 'trixie', mirror: 'https://mirror.studio.lan/debian', packages: [] }
    assert.equal(packageSources(own), 'deb https://mirror.studio.lan/debian trixie main\n')
  })
})
