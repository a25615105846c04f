/** What a copy says of itself, so that a server which knows nothing else can offer it to its owner. */
import type { Tags } from '../compute/repository/repository.ts'
import type { backupWithNames } from '../store/backup-copies.ts'

type About = NonNullable<Awaited<ReturnType<typeof backupWithNames>>>

export const tagsOf = (about: About): Tags =>
  Object.fromEntries(
    Object.entries({
      backup: about.id,
      session: about.sessionId,
      owner: about.ownedBy,
      'owner-name': about.userName,
      studio: about.studioId,
      'studio-name': about.studioName,
      profile: about.launchProfileId,
      'profile-name': about.launchProfileName,
      image: about.ec2ImageId,
      'size-gib': about.volumeSizeGiB,
    }).flatMap(([name, value]) => (value === null || value === undefined ? [] : [[name, String(value)]])),
  )

/** Room for a backup that does not say how large its volume was: as much as the API lets a volume have. */
const largestGiB = 16_000

export const sizeGiBOf = (tags: Tags): number => {
  const size = Number(tags['size-gib'])
  return Number.isSafeInteger(size) && size > 0 ? Math.min(size, largestGiB) : largestGiB
}
