/** Whether workstations can start from a tree: what they need is looked for, then a desktop is started in it, once. */
import { chown, mkdir, open } from 'node:fs/promises'
import { join } from 'node:path'
import { DriverError } from '../../driver.ts'
import { answers } from '../desktop-socket.ts'
import { desktopPrograms } from '../image.ts'
import { launch, launchArguments } from '../launch.ts'
import type { Limits } from '../limits.ts'
import type { Place } from '../place.ts'
import { endProcesses } from '../processes.ts'
import { bubblewrapArguments, type Sandbox } from '../sandbox.ts'
import { imageUser } from './jail.ts'
import { JobFailure, printable, runJob } from './job.ts'

export interface Trial {
  /** Folder for what the desktop needs beside the image. */
  folder: string
  tree: string
  place: Place
  limits: Limits
  signal: AbortSignal
}

/** One at a time. */
const machine = 'trial'

/** What the image calls itself. @throws AMI_VALIDATION_ERROR that says what is missing, or how the desktop failed. */
export const tryImage = async (trial: Trial): Promise<string> => {
  const { folder, tree, place, limits, signal } = trial
  const isRoot = process.getuid?.() === 0
  const uid = isRoot ? imageUser : undefined
  const socketFolder = join(folder, 'desktop')
  await mkdir(folder, { mode: 0o711 })
  for (const path of ['home', 'tmp', 'desktop']) {
    await mkdir(join(folder, path), { mode: 0o700 })
    if (uid !== undefined) await chown(join(folder, path), uid, uid)
  }
  const sandbox: Sandbox = {
    ...{ place: place.name, desktop: place.desktop, machine, socketFolder, tree: folder, image: tree },
    ...{ memoryMiB: 1024, clipboard: false },
  }
  const groups = await limits.prepare(machine, { vcpus: 1, memoryMiB: 1024 })
  try {
    const system = await lookInside(trial, sandbox, { groups, uid })
    signal.throwIfAborted()
    const bubblewrap = bubblewrapArguments(sandbox)
    const log = join(folder, 'log')
    await launch({ bubblewrap, groups, uid, filter: place.filter, log, socketFolder, scriptLimitMs: () => 0, signal })
    if (!(await answers(socketFolder))) throw new DriverError('INTERNAL_ERROR', 'the desktop does not answer')
    return system
  } catch (error) {
    // Whoever gave it up has said why.
    signal.throwIfAborted()
    if (error instanceof DriverError && error.code === 'INTERNAL_ERROR')
      throw new DriverError('AMI_VALIDATION_ERROR', `no desktop starts from the image: ${printable(error.message)}`, {
        cause: error,
      })
    throw error
  } finally {
    await endTrial(place)
    await limits.release(machine)
  }
}

/** Also of one that a process has left that was killed. */
export const endTrial = (place: Place): Promise<void> => endProcesses(place.name, machine)

/**
 * Programs of the image are run by this, so it is done where they are run anyway: in the sandbox of a workstation. The
 * cache of the fonts goes by the times of folders, which archives keep by the second only; without a new one, the first
 * desktop of every volume would read all fonts.
 */
const looking = `
for program; do [ -r "$program" ] || echo "missing $program"; done
[ -x /usr/bin/fc-cache ] && fc-cache --system-only >/dev/null 2>&1
[ -r /etc/os-release ] && . /etc/os-release && echo "system $PRETTY_NAME"
exit 0`

const limitMs = 5 * 60_000

const lookInside = async (
  { place, signal, tree }: Trial,
  sandbox: Sandbox,
  as: { groups: string[]; uid: number | undefined },
): Promise<string> => {
  const command = ['/bin/sh', '-c', looking, 'sh', ...Object.keys(desktopPrograms)]
  const said = new Map<string, string[]>()
  const fonts = { source: join(tree, 'var/cache/fontconfig'), at: '/var/cache/fontconfig', readOnly: false }
  const bubblewrap = bubblewrapArguments({ ...sandbox, shares: [fonts] }, command)
  const filter = await open(place.filter)
  try {
    // With the limit everything ends, whatever the image calls a shell.
    const args = launchArguments({ bubblewrap: ['--die-with-parent', ...bubblewrap], ...as })
    const onLine = (line: string) => {
      const [kind = '', ...rest] = line.split(' ')
      said.set(kind, [...(said.get(kind) ?? []).slice(-20), rest.join(' ')])
    }
    await runJob({ program: '/bin/sh', args, third: filter.fd, limitMs, signal, onLine })
  } catch (error) {
    if (!(error instanceof JobFailure)) throw error
    throw new DriverError(
      'AMI_VALIDATION_ERROR',
      `no program of the image runs here, as of another processor, or of no Linux system at all: ${error.said}`,
      { cause: error },
    )
  } finally {
    await filter.close()
  }
  const programs: Readonly<Record<string, string>> = desktopPrograms
  const missing = new Set((said.get('missing') ?? []).flatMap(program => programs[program] ?? []))
  if (missing.size > 0)
    throw new DriverError(
      'AMI_VALIDATION_ERROR',
      `the image lacks programs that a workstation needs: in it, apt-get install --no-install-recommends ${[...missing].join(' ')}`,
    )
  return said.get('system')?.at(-1) ?? ''
}
