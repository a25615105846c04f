/** This computer's microphone in, Opus out. */
import workletAddress from './microphone-worklet.ts?worker&url'

const sampleRate = 48_000
const bitsPerSecond = 32_000
const frameMicroseconds = 20_000

export interface Microphone {
  close(): void
}

/** Asks for the permission of whoever sits here. Rejects where it is refused, or there is no microphone. */
export const openMicrophone = async (on: {
  packet(data: Uint8Array): void
  /** It was unplugged, or taken away from the page. */
  ended(): void
}): Promise<Microphone> => {
  const stream = await navigator.mediaDevices.getUserMedia({
    audio: { channelCount: 1, echoCancellation: true, noiseSuppression: true, autoGainControl: true },
  })
  const context = new AudioContext({ sampleRate, latencyHint: 'interactive' })
  const close = () => {
    for (const track of stream.getTracks()) track.stop()
    if (encoder.state !== 'closed') encoder.close()
    void context.close()
  }
  const encoder = new AudioEncoder({
    output(chunk) {
      const data = new Uint8Array(chunk.byteLength)
      chunk.copyTo(data)
      on.packet(data)
    },
    error: () => on.ended(),
  })
  try {
    encoder.configure({
      ...{ codec: 'opus', sampleRate, numberOfChannels: 1, bitrate: bitsPerSecond },
      opus: { frameDuration: frameMicroseconds },
    })
    await context.audioWorklet.addModule(workletAddress)
  } catch (error) {
    close()
    throw error
  }
  const pieces = new AudioWorkletNode(context, 'microphone', {
    numberOfOutputs: 0,
    channelCount: 1,
    channelCountMode: 'explicit',
  })
  let timestamp = 0
  pieces.port.onmessage = ({ data }: MessageEvent<Float32Array<ArrayBuffer>>) => {
    if (encoder.state !== 'configured') return
    const heard = new AudioData({
      ...{ format: 'f32-planar', sampleRate, numberOfFrames: data.length, numberOfChannels: 1 },
      timestamp,
      data,
    })
    timestamp += frameMicroseconds
    encoder.encode(heard)
    heard.close()
  }
  new MediaStreamAudioSourceNode(context, { mediaStream: stream }).connect(pieces)
  for (const track of stream.getTracks()) track.addEventListener('ended', on.ended)
  return { close }
}
