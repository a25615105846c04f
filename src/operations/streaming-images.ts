import { rendered } from '../contract/encode.ts'
import { quotaExceeded } from '../contract/errors.ts'
import { newId } from '../contract/ids.ts'
import type { StreamingImage } from '../contract/types.ts'
import { streamingImageNoun } from '../lifecycle/resource-steps.ts'
import { eulasOfImage } from '../store/eulas.ts'
import { countLiving } from '../store/launch-profiles.ts'
import { insertResource, listViews } from '../store/resources.ts'
import { begin } from './begin.ts'
import { existing, existingStudio } from './existing.ts'
import type { Handler } from './handler.ts'
import { page } from './pages.ts'
import { storedTags } from './tag-rules.ts'

export const createStreamingImage: Handler<'CreateStreamingImage'> = async (call, input) => {
  await existingStudio(call, input.studioId)
  const { customImages } = call.installation.quotas
  if ((await countLiving(call.db, 'streamingImage', input.studioId)) >= customImages)
    throw quotaExceeded('custom streaming images', customImages)
  const image = await insertResource(call.db, 'streamingImage', {
    ...begin(call, streamingImageNoun, newId(call.now), 'streaming-image'),
    studioId: input.studioId,
    name: input.name,
    description: input.description ?? null,
    ec2ImageId: input.ec2ImageId,
    eulaIds: JSON.stringify(await eulasOfImage(call.db, input.ec2ImageId)),
    tags: storedTags(input.tags),
  })
  return { streamingImage: rendered<StreamingImage>(image.view) }
}

export const getStreamingImage: Handler<'GetStreamingImage'> = async (call, { studioId, streamingImageId }) => ({
  streamingImage: rendered<StreamingImage>((await existing(call, 'streamingImage', studioId, streamingImageId)).view),
})

export const listStreamingImages: Handler<'ListStreamingImages'> = async (call, { studioId, owner, nextToken }) => {
  await existingStudio(call, studioId)
  // Images are the studio's own: nobody provides others, and `amazon` least of all.
  const filters = { studioId, owner }
  const walk = { operation: 'ListStreamingImages' as const, filters, nextToken }
  const { items, ...rest } = await page<StreamingImage>(call, walk, async query =>
    owner === undefined || owner === studioId
      ? listViews(call.db, 'streamingImage', { studioId }, query)
      : { views: '' },
  )
  return { streamingImages: items, ...rest }
}
