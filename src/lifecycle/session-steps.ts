import { keptBackups } from '../store/backups.ts'
import { changeResource, type Row, resourceById } from '../store/resources.ts'
import { keepSessionLog } from '../store/session-logs.ts'
import { reserveShare, type Share } from '../store/sessions.ts'
import { closeStreams } from '../store/streams.ts'
import { componentsInOrder } from '../store/studio-components.ts'
import { backupNoun, beginBackup, makeBackup, pruneBackups } from './backup-steps.ts'
import { machineSetupOf } from './machine-setup.ts'
import { entering, isBackedUp, progress, type SessionStep, type SessionVerb, session, statusCodes } from './session.ts'
import { ask, Failure, type Noun } from './transition.ts'
import { volumeId, volumeOf } from './volume.ts'

const sessionSteps: Noun<Row<'session'>, SessionVerb, SessionStep>['steps'] = {
  async capacity({ db, driver, settings }, row) {
    const { vcpus, memoryMiB, gpus } = await driver.capabilities()
    const host = { vcpus: vcpus * settings.cpuOvercommit, memoryMiB, gpus }
    const { isReserved, free } = await reserveShare(db, row, host)
    if (isReserved) return
    throw new Failure(
      'INSUFFICIENT_CAPACITY',
      `${row.instanceType} asks for ${amounts(row)}; free are ${amounts(free)}. ` +
        'Stop or delete a session, or choose a smaller type.',
    )
  },

  async volume({ driver }, row) {
    await driver.ensureVolume(volumeOf(row), {
      image: row.ec2ImageId,
      sizeGiB: row.volumeSizeGiB,
      iops: row.volumeIops,
      throughputMiBs: row.volumeThroughputMiBs,
      ...(row.restoreFrom === null ? {} : { backup: row.restoreFrom }),
    })
  },

  async machine({ db, driver, now, signal }, row) {
    const profile = await resourceById(db, 'launchProfile', row.launchProfileId)
    if (!profile) throw new Error(`the session ${row.id} has no launch profile`)
    const components = await componentsInOrder(db, JSON.parse(profile.studioComponentIds) as string[])
    await driver.ensureMachine(
      row.id,
      {
        volume: volumeOf(row),
        image: row.ec2ImageId,
        vcpus: row.vcpus,
        memoryMiB: row.memoryMiB,
        gpus: row.gpus,
        clipboard: row.clipboardMode === 'ENABLED',
        setup: machineSetupOf(row.id, profile, components),
      },
      {
        signal,
        withinMs: (row.deadline ?? now) - now,
        report: text => keepSessionLog(db, { sessionId: row.id, text, updatedAt: now }),
      },
    )
  },

  /**
   * Only written down: from then on the old volume belongs to nobody, and the sweep gives its space back. Were it removed
   * here, a start that failed at that very moment would lose both.
   */
  async replace(_context, row) {
    if (row.restoreFrom === null) return
    return { volumeNumber: row.volumeNumber + 1, startedFromBackupId: row.restoreFrom, restoreFrom: null }
  },

  async revert({ driver }, row) {
    if (row.restoreFrom === null) return
    await driver.removeVolume(volumeOf(row))
    return { restoreFrom: null }
  },

  async hangUp({ db }, row) {
    await closeStreams(db, row.id)
  },

  async halt({ driver }, row) {
    await driver.removeMachine(row.id)
  },

  async backup(context, row) {
    if (isBackedUp(row)) await makeBackup(context, row)
  },

  async prune(context, row) {
    await pruneBackups(context, row)
  },

  async checkpoint(context, row) {
    await beginBackup(context, row)
    // Counted from now: of several that a server missed while it was down, one is made.
    return { backupAt: context.now + context.settings.limits.backupInterval }
  },

  async release({ driver }, row) {
    if (row.volumeRetentionMode === 'DELETE') await driver.removeVolume(volumeOf(row))
  },

  async retire({ driver }, row) {
    for (const number of [row.volumeNumber, row.volumeNumber + 1]) await driver.removeVolume(volumeId(row.id, number))
  },

  async expire({ db, now, settings }, row) {
    const moment = { now, by: row.updatedBy, limits: settings.limits }
    for (const kept of await keptBackups(db, row.id))
      if (kept.state === 'CREATE_IN_PROGRESS') await ask(db, backupNoun, kept, 'delete', moment)
    // Asked again: one that was not deleted has become READY meanwhile.
    for (const kept of await keptBackups(db, row.id)) {
      const expiresAt = kept.expiresAt ?? now + settings.backupRetention
      await changeResource(
        db,
        'backup',
        { id: kept.id, state: kept.state },
        {
          expiresAt,
          dueAt: kept.state === 'READY' || kept.state === 'DELETE_FAILED' ? expiresAt : kept.dueAt,
        },
      )
    }
  },
}

const amounts = ({ vcpus, memoryMiB, gpus }: Share) => `${vcpus} vCPU, ${memoryMiB} MiB of memory and ${gpus} GPU`

export const sessionNoun: Noun<Row<'session'>, SessionVerb, SessionStep> = {
  table: 'session',
  life: session,
  statusCodes,
  progress,
  steps: sessionSteps,
  entering,
  timekeeper: row => (row.state === 'READY' ? 'system:maxSessionLength' : 'system:maxStoppedSessionLength'),
}
