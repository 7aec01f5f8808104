// Microphone and camera. What they measure is one number at a time; no sound and no picture leaves the page.
const WIDTH = 32, HEIGHT = 24;

async function open(wanted, ended) {
  if (!navigator.mediaDevices?.getUserMedia) throw new DOMException("no secure context", "SecurityError");
  const stream = await navigator.mediaDevices.getUserMedia(wanted);
  for (const track of stream.getTracks()) track.addEventListener("ended", ended);  // pulled out, or no longer allowed
  return { stream, close() { for (const track of stream.getTracks()) track.stop(); } };
}

async function microphone(measured, ended, perSecond) {
  const device = await open({ audio: { echoCancellation: false, noiseSuppression: false, autoGainControl: false } }, ended);
  const context = new AudioContext(), close = () => {
    device.close();
    context.close();
  };
  try {
    await context.audioWorklet.addModule("level.js");
    const level = new AudioWorkletNode(context, "level", { processorOptions: { perSecond } });
    level.port.onmessage = (event) => measured(Math.min(0, Math.round(100 * event.data) / 100));
    context.createMediaStreamSource(device.stream).connect(level).connect(context.destination);  // it plays silence
    await context.resume();
  } catch (error) {
    close();
    throw error;
  }
  return { close };
}

async function camera(measured, ended, perSecond, video) {
  const device = await open({ video: { width: 320, height: 240 } }, ended);
  const context = Object.assign(document.createElement("canvas"), { width: WIDTH, height: HEIGHT }).getContext("2d", { willReadFrequently: true });
  video.srcObject = device.stream;
  video.play().catch(() => {});  // it is closed again at once
  const timer = setInterval(() => {
    if (document.hidden || video.readyState < video.HAVE_CURRENT_DATA) return;  // without a picture, darkness would be drawn
    context.drawImage(video, 0, 0, WIDTH, HEIGHT);
    const { data } = context.getImageData(0, 0, WIDTH, HEIGHT);
    let light = 0;
    for (let k = 0; k < data.length; k += 4) light += 0.2126 * data[k] + 0.7152 * data[k + 1] + 0.0722 * data[k + 2];
    measured(Math.min(1, Math.round((1e4 * light) / (255 * WIDTH * HEIGHT)) / 1e4));
  }, 1000 / perSecond);
  return {
    close() {
      clearInterval(timer);
      video.srcObject = null;
      device.close();
    },
  };
}

export const sensors = { microphone, camera };

export function why(error, name) {
  return {
    NotAllowedError: `The ${name} is not allowed for this page. Allow it next to the address of the page, then press Start`,
    NotFoundError: `There is no ${name}. Connect one, then press Start`,
    NotReadableError: `The ${name} cannot be read; another program may use it. End that, then press Start`,
    SecurityError: `This browser opens no ${name} for this page. Open it by the address that neurolsm printed`,
  }[error.name] ?? `The ${name} could not be opened (${error.message || error.name})`;
}
