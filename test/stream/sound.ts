/** Sound of a desktop, and the microphone of who works on it. */
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { patienceMs } from '../streamed-desktop.ts'
import { heardIn, loudestTone, wavOf } from '../tones.ts'
import { until } from '../until.ts'
import { clickTerminal, enter, home, page, tool, untilSteady, voice, written } from './viewer.ts'

export const sound = () =>
  describe('a desktop that sounds', () => {
    it('sounds here as its programs play, left and right', async () => {
      writeFileSync(join(home(), 'tones.wav'), wavOf([440, 1000], 2))
      await clickTerminal()
      await enter('paplay tones.wav; echo played > played.txt')
      await until(
        'both tones are heard, each on its side',
        async () => {
          const [left, right] = await heardIn(page)
          return left && right && Math.abs(left.hertz - 440) < 3 && Math.abs(right.hertz - 1000) < 3
        },
        patienceMs,
      )
      await written('played.txt')
    })

    it('sends nothing of silence, be it that of a program that plays it', async () => {
      const plays = 'pactl list short sink-inputs | grep -q .'
      await enter(`pacat /dev/zero & until ${plays}; do sleep 0.1; done; echo it plays > playing.txt`)
      await written('playing.txt')
      await untilSteady('a moment passes without a packet', 'window.packetsOfSound', 1000)
      await until('the speakers rest', () => page.evaluate("window.taps[0].context.state === 'suspended'"), patienceMs)
      await enter('kill %1')
    })

    it('sounds in step with its picture', async () => {
      const script = [
        'while [ ! -e over ]; do date +%N; sleep 0.05; done &',
        'while [ ! -e over ]; do paplay tones.wav; done',
        'wait',
        'echo over > over.txt',
      ]
      writeFileSync(join(home(), 'script'), script.join('\n'))
      await enter('sh script')
      // More than 125 ms behind is noticed (Rec. ITU-R BT.1359); a busy machine keeps more, as its threads are uneven.
      await until(
        'sound and picture are compared, and close to each other',
        async () => {
          const title = await page.getByTestId('quality').getAttribute('title')
          return Number(/Sound (\d+) ms/.exec(title ?? '')?.[1]) < 200
        },
        patienceMs,
      )
      writeFileSync(join(home(), 'over'), '')
      await written('over.txt')
    })

    it('sends no sound to who has switched it off', async () => {
      await (await tool('sound')).click()
      await page.locator('[data-testid=sound][aria-pressed=false]').waitFor()
      // What was said before is heard before.
      await enter('echo asked > asked.txt')
      await written('asked.txt')
      const before = await page.evaluate('window.packetsOfSound')
      await enter('paplay tones.wav; echo unheard > unheard.txt')
      await written('unheard.txt')
      assert.equal(await page.evaluate('window.packetsOfSound'), before)
      await (await tool('sound')).click()
      await page.locator('[data-testid=sound][aria-pressed=true]').waitFor()
    })

    it('sounds again when the connection was lost', async () => {
      const lost = await page.evaluate('window.sockets.at(-1).close(), window.sockets.length')
      await until(
        'there is another connection',
        async () => Number(await page.evaluate('window.sockets.length')) > Number(lost),
        patienceMs,
      )
      await page.locator('body[data-phase=connected]').waitFor()
      const before = Number(await page.evaluate('window.packetsOfSound'))
      await clickTerminal()
      await enter('paplay tones.wav')
      await until(
        'sound arrives',
        async () => Number(await page.evaluate('window.packetsOfSound')) > before + 10,
        patienceMs,
      )
    })

    it('hears the microphone of this computer, while it is on', async () => {
      const record = (name: string) =>
        enter(`parec --raw --rate=48000 --channels=1 | head -c 96000 > ${name}.raw; echo done > ${name}.txt`)
      const recorded = async (name: string) => {
        await written(`${name}.txt`)
        const { buffer, byteOffset, length } = readFileSync(join(home(), `${name}.raw`))
        return new Int16Array(buffer, byteOffset, length / 2)
      }
      await (await tool('microphone')).click()
      await page.locator('[data-testid=microphone][aria-pressed=true]').waitFor()
      await record('voice')
      const { hertz, share } = loudestTone(await recorded('voice'))
      assert.ok(Math.abs(hertz - voice.hertz) <= 4, `${hertz} Hz, ${share} of all`)
      await (await tool('microphone')).click()
      await page.locator('[data-testid=microphone][aria-pressed=false]').waitFor()
      await record('nobody')
      const silence = await recorded('nobody')
      assert.ok(silence.length === 48_000 && silence.subarray(silence.length / 2).every(sample => sample === 0))
    })
  })
