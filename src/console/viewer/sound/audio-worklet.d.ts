/** Of the Web Audio API, what is there only inside an audio worklet. */
declare abstract class AudioWorkletProcessor {
  readonly port: MessagePort
  abstract process(inputs: Float32Array[][], outputs: Float32Array[][]): boolean
}
declare function registerProcessor(name: string, processor: new () => AudioWorkletProcessor): void
/** Of the context, a second. */
declare const sampleRate: number
