// Spikes of every neuron over time, and where the picture in three dimensions stands.
import { color, pen, redraw } from "./canvas.js";

const LEFT = 48, BOTTOM = 34, TOP = 6, RIGHT = 8;

export function raster(canvas) {
  let look = null, neurons = 1, inhibitory = new Set(), dt = 1e-3, kept = null, at = 0;

  function paint() {  // the spikes alone, which do not change from frame to frame
    const { context, width, height } = pen(canvas), w = width - LEFT - RIGHT, h = height - TOP - BOTTOM;
    context.fillStyle = color("soft");
    context.textAlign = "center";
    const steps = look?.steps || 100, ms = steps * dt * 1e3, tick = ms > 150 ? 50 : ms > 60 ? 20 : 10;
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
    context.strokeStyle = color("line");
    context.strokeRect(LEFT, TOP, w, h);
    if (look && !look.blank) {
      const colors = [color("excitatory"), color("inhibitory")], wide = Math.max(1.5, w / steps - 1), tall = Math.max(0.8, h / neurons);
      for (let k = 0; k < look.step.length; k++) {
        context.fillStyle = colors[inhibitory.has(look.neuron[k]) ? 1 : 0];
        context.fillRect(LEFT + (look.step[k] / steps) * w, TOP + h - ((look.neuron[k] + 1) / neurons) * h, wide, tall);
      }
    }
    kept = document.createElement("canvas");
    kept.width = canvas.width;
    kept.height = canvas.height;
    if (kept.width && kept.height) kept.getContext("2d").drawImage(canvas, 0, 0);
  }
  function frame() {
    if (!kept || !kept.width || !kept.height) return;
    const { context, width, height } = pen(canvas);
    context.drawImage(kept, 0, 0, width, height);
    if (!look || look.blank) return;
    context.fillStyle = color("ink");
    context.fillRect(LEFT + (at / look.steps) * (width - LEFT - RIGHT), TOP, 1.5, height - TOP - BOTTOM);
  }
  redraw(canvas, () => {
    paint();
    frame();
  });
  return {
    anatomy(given) {
      neurons = given.neurons;
      inhibitory = new Set(given.inhibitory);
      dt = given.dt;
    },
    show(given) { look = given; paint(); frame(); },
    stand(step) { at = step; frame(); },
  };
}
