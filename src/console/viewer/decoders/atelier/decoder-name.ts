const formats: Readonly<Record<string, string>> = { avc1: 'H.264', hvc1: 'HEVC', av01: 'AV1', vp09: 'VP9', vp8: 'VP8' }

/** `H.264 hardware`: what takes the video apart. A browser uses hardware where it says that it has some for the codec. */
export const nameOfDecoder = async (codec: string): Promise<string> => {
  const format = formats[codec.split('.')[0] ?? ''] ?? codec
  const { supported } = await VideoDecoder.isConfigSupported({ codec, hardwareAcceleration: 'prefer-hardware' })
  return `${format} ${supported ? 'hardware' : 'software'}`
}
