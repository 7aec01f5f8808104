// The loudness of short frames of sound, in dB below full scale; runs where the sound does, and hands on nothing but this number.
const FLOOR = 1e-10;  // -100 dB

registerProcessor("level", class extends AudioWorkletProcessor {
  sum = 0;
  count = 0;
  constructor({ processorOptions }) {
    super();
    this.length = sampleRate / processorOptions.perSecond;
  }
  process([channels]) {
    for (const sound of channels) for (const value of sound) this.sum += value * value;
    this.count += channels.length ? channels.length * channels[0].length : 0;
    if (this.count >= (channels.length || 1) * this.length) {
      this.port.postMessage(10 * Math.log10(Math.max(this.sum / this.count, FLOOR)));
      this.sum = this.count = 0;
    }
    return true;
  }
});
