/** This computer's microphone in, Opus out. */
import workletAddress from './microphone-worklet.ts?worker&url'

const sampleRate = 48_000
const bitsPerSecond = 32_000
const frameMicroseconds = 20_000

export interface Microphone {
  close(): void
}

interface Listener {
  packet(data: Uint8Array): void
  /** It was unplugged, or taken away from the page. */
  ended(): void
}

/** Asks for the permission of whoever sits here. Rejects where it is refused, or there is no microphone that works. */
export const openMicrophone = async (on: Listener): Promise<Microphone> => {
  const stream = await navigator.mediaDevices.getUserMedia({
    audio: { channelCount: 1, echoCancellation: true, noiseSuppression: true, autoGainControl: true },
  })
  try {
    return await listenTo(stream, on)
  } catch (error) {
    // It would be on, and said to be off.
    for (const track of stream.getTracks()) track.stop()
    throw error
  }
}

const listenTo = async (stream: MediaStream, on: Listener): Promise<Microphone> => {
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
    // Some browsers refuse a microphone whose rate is not the context's.
    new MediaStreamAudioSourceNode(context, { mediaStream: stream }).connect(pieces)
    for (const track of stream.getTracks()) track.addEventListener('ended', on.ended)
  } catch (error) {
    close()
    throw error
  }
  return { close }
}
