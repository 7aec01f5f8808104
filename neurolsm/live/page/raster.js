// Spikes of every neuron over time, and where the picture in three dimensions stands.
import { color, pen, redraw } from "./canvas.js";

const LEFT = 48, BOTTOM = 34, TOP = 6, RIGHT = 8;

// The neurons that fire in each step, from a bit for each step and neuron.
export function spikesOf(look, neurons) {
  const bytes = Uint8Array.from(atob(look.raster), (one) => one.charCodeAt(0)), found = [];
  for (let step = 0; step < look.steps; step++) {
    const fired = [];
    for (let k = 0, bit = step * neurons; k < neurons; k++, bit++) if (bytes[bit >> 3] & (128 >> (bit & 7))) fired.push(k);
    found.push(fired);
  }
  return found;
}

const rgb = (name) => {  // three numbers of a colour of the page
  const one = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  one.fillStyle = color(name);
  one.fillRect(0, 0, 1, 1);
  return one.getImageData(0, 0, 1, 1).data;
};

export function raster(canvas, cursor) {
  let steps = 0, spikes = [], neurons = 1, inhibitory = new Uint8Array(1), dt = 1e-3, wide = 0;
  const dots = document.createElement("canvas"), rows = document.createElement("canvas");

  function draw() {
    const { context, width, height } = pen(canvas), w = width - LEFT - RIGHT, h = height - TOP - BOTTOM;
    wide = w;
    context.fillStyle = color("soft");
    context.textAlign = "center";
    const ms = (steps || 100) * dt * 1e3, tick = ms > 150 ? 50 : ms > 60 ? 20 : 10;
    for (let t = 0; t <= ms; t += tick) context.fillText(t, LEFT + (t / ms) * w, TOP + h + 15);
    context.fillText("time, ms", LEFT + w / 2, TOP + h + 30);
    context.textAlign = "right";
    for (let k = 0; k <= 4; k++) context.fillText(Math.round((k * neurons) / 4), LEFT - 6, TOP + h - (k / 4) * h + 4);
    context.save();
    context.translate(11, TOP + h / 2);
    context.rotate(-Math.PI / 2);
    context.textAlign = "center";
    context.fillText("neuron", 0, 0);
    context.restore();
    if (steps && w > 0 && h > 0) {
      // A pixel for each step and neuron; squeezed to the height, then stretched to the width without blur.
      rows.width = steps;
      rows.height = Math.min(neurons, Math.max(1, Math.round(h * (window.devicePixelRatio || 1))));
      const squeezed = rows.getContext("2d");
      squeezed.imageSmoothingQuality = "high";
      squeezed.drawImage(dots, 0, 0, rows.width, rows.height);
      context.imageSmoothingEnabled = false;
      context.drawImage(rows, LEFT, TOP, w, h);
    }
    context.strokeStyle = color("line");
    context.strokeRect(LEFT, TOP, w, h);
  }
  function paint() {
    if (steps) {
      dots.width = steps;
      dots.height = neurons;
      const context = dots.getContext("2d"), image = context.createImageData(steps, neurons), colors = [rgb("excitatory"), rgb("inhibitory")];
      spikes.forEach((fired, step) => {
        for (const k of fired) {
          const at = 4 * ((neurons - 1 - k) * steps + step), [r, g, b] = colors[inhibitory[k]];
          image.data[at] = r;
          image.data[at + 1] = g;
          image.data[at + 2] = b;
          image.data[at + 3] = 255;
        }
      });
      context.putImageData(image, 0, 0);
    }
    draw();
  }
  redraw(canvas, paint);
  return {
    anatomy(given) {
      neurons = given.neurons;
      inhibitory = new Uint8Array(neurons);
      for (const k of given.inhibitory) inhibitory[k] = 1;
      dt = given.dt;
    },
    show(fired) {
      spikes = fired;
      steps = fired.length;
      cursor.hidden = !steps;
      paint();
    },
    stand(step) { cursor.style.transform = `translateX(${LEFT + (step / steps) * wide}px)`; },
  };
}
