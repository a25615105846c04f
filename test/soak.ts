/** `npm run soak -- [kills|stream] [--rounds N]`: what takes longer than tests may. */
import { parseArgs } from 'node:util'
import { soakKills } from './soak-kills.ts'
import { soakStream } from './soak-stream.ts'

const soaks = { kills: soakKills, stream: soakStream }

const { values, positionals } = parseArgs({ options: { rounds: { type: 'string' } }, allowPositionals: true })
const [name = 'kills'] = positionals
if (!Object.hasOwn(soaks, name)) throw new Error(`there is no ${name}, only ${Object.keys(soaks).join(' and ')}`)
await soaks[name as keyof typeof soaks](values.rounds === undefined ? undefined : Number(values.rounds))
