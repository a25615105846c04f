/** The server is killed half way through each kind of work. `npm run soak` does it at every tenth of the way. */
import { after, before, it } from 'node:test'
import { openStudio, type Studio, works } from './kills.ts'

let studio: Studio

before(async () => {
  studio = await openStudio()
})
after(() => studio?.close())

/** About half of what each takes on a quiet machine, ms. */
const halfWay = { create: 250, stop: 150, start: 250, restore: 250, backup: 300, delete: 100 }

for (const work of works)
  it(`what a kill cuts off half way is done by the next server, and nothing is lost or left over: ${work}`, () =>
    studio.kill(work, halfWay[work]))
