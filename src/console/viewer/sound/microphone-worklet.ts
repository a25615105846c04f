/** The begin of the way of a voice, in the thread that hears the microphone: pieces of 20 ms. */
class Microphone extends AudioWorkletProcessor {
  readonly #length = sampleRate / 50
  #piece = new Float32Array(this.#length)
  #filled = 0

  process([input]: Float32Array[][]): boolean {
    const heard = input?.[0]
    if (!heard) return true
    for (let at = 0; at < heard.length; ) {
      const part = heard.subarray(at, at + this.#length - this.#filled)
      this.#piece.set(part, this.#filled)
      this.#filled += part.length
      at += part.length
      if (this.#filled < this.#length) continue
      this.port.postMessage(this.#piece, [this.#piece.buffer])
      this.#piece = new Float32Array(this.#length)
      this.#filled = 0
    }
    return true
  }
}

registerProcessor('microphone', Microphone)
