import { rendered } from '../contract/encode.ts'
import { quotaExceeded } from '../contract/errors.ts'
import { newId } from '../contract/ids.ts'
import type { StreamingImage } from '../contract/types.ts'
import { streamingImageNoun } from '../lifecycle/resource-steps.ts'
import { eulasOfImage } from '../store/eulas.ts'
import { countLiving } from '../store/launch-profiles.ts'
import { insertResource, listViews, type Row } from '../store/resources.ts'
import { asked } from './asked.ts'
import { begin } from './begin.ts'
import { existing, existingStudio, living, openStudio } from './existing.ts'
import type { Handler } from './handler.ts'
import { page } from './pages.ts'
import { storedTags } from './tag-rules.ts'
import { refuseUsed } from './used.ts'

export const createStreamingImage: Handler<'CreateStreamingImage'> = async (call, input) => {
  await openStudio(call, input.studioId)
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
  return { streamingImage: shown(image) }
}

/** Done when it answers: nothing has to be looked at again for a name (semantics §5). */
export const updateStreamingImage: Handler<'UpdateStreamingImage'> = async (call, input) => {
  const { studioId, streamingImageId, name, description } = input
  const image = await living(call, 'streamingImage', studioId, streamingImageId)
  const change = { ...(name === undefined ? {} : { name }), ...(description === undefined ? {} : { description }) }
  return { streamingImage: shown(await asked(call, streamingImageNoun, image, 'update', change)) }
}

export const deleteStreamingImage: Handler<'DeleteStreamingImage'> = async (call, { studioId, streamingImageId }) => {
  const image = await living(call, 'streamingImage', studioId, streamingImageId)
  await refuseUsed(call, studioId, 'streamingImageIds', streamingImageId)
  return { streamingImage: shown(await asked(call, streamingImageNoun, image, 'delete')) }
}

export const getStreamingImage: Handler<'GetStreamingImage'> = async (call, { studioId, streamingImageId }) => ({
  streamingImage: shown(await existing(call, 'streamingImage', studioId, streamingImageId)),
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

const shown = (row: Row<'streamingImage'>) => rendered<StreamingImage>(row.view)
