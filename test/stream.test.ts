/**
 * What an artist sees and does through our own streaming engine: a real browser, a real desktop, every pixel compared.
 * One desktop for all of it; what one suite leaves on it, the next one finds.
 */
import { after, before } from 'node:test'
import { clipboard, clipboardOff } from './stream/clipboard.ts'
import { hands } from './stream/hands.ts'
import { afterAWhile, pictureAndKeys } from './stream/picture.ts'
import { sound } from './stream/sound.ts'
import { endViewer, startViewer } from './stream/viewer.ts'
import { watching } from './stream/watching.ts'

before(startViewer)
after(endViewer)

pictureAndKeys()
clipboard()
afterAWhile()
sound()
hands()
watching()
clipboardOff()
