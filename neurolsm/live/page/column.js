// The liquid in three dimensions: a small projection of its own; what fires lights up and fades.
import { calm, color, pen, redraw } from "./canvas.js";

const FADE = 0.86, NEAR = 5, LEVELS = 6;

export function column(canvas) {
  let place = [], inhibitory = new Uint8Array(0), light = new Float32Array(0), turn = 0.6, tilt = 0.42, drag = null;

  function draw() {
    const { context, width, height } = pen(canvas), size = 0.31 * Math.min(width, height);
    const c = Math.cos(turn), s = Math.sin(turn), ct = Math.cos(tilt), st = Math.sin(tilt);
    const resting = new Path2D(), lit = Array.from({ length: 2 * LEVELS }, () => null);  // drawn in few strokes: that is what takes time
    for (let k = 0; k < place.length; k++) {
      const [px, py, pz] = place[k], across = c * px + s * py, back = -s * px + c * py;
      const near = NEAR / (NEAR + st * pz + ct * back), on = light[k];
      const x = width / 2 + size * across * near, y = 0.53 * height - size * (ct * pz - st * back) * near;
      if (on < 0.05) {
        resting.rect(x - near, y - near, 2 * near, 2 * near);
        continue;
      }
      const level = Math.min(LEVELS - 1, Math.floor(on * LEVELS)), which = 2 * level + inhibitory[k], radius = near * (1.6 + 3.2 * on);
      const path = (lit[which] ??= new Path2D());
      if (inhibitory[k]) path.rect(x - radius, y - radius, 2 * radius, 2 * radius);
      else {
        path.moveTo(x + radius, y);
        path.arc(x, y, radius, 0, 6.2832);
      }
    }
    context.fillStyle = color("rest");
    context.fill(resting);
    lit.forEach((path, which) => {
      if (!path) return;
      context.globalAlpha = 0.3 + (0.7 * ((which >> 1) + 1)) / LEVELS;
      context.fillStyle = color(which & 1 ? "inhibitory" : "excitatory");
      context.fill(path);
    });
    context.globalAlpha = 1;
  }
  canvas.addEventListener("pointerdown", (event) => {
    drag = { x: event.clientX, turn };
    canvas.setPointerCapture(event.pointerId);
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!drag) return;
    turn = drag.turn - (event.clientX - drag.x) / 120;
    draw();
  });
  for (const end of ["pointerup", "pointercancel"]) canvas.addEventListener(end, () => (drag = null));
  canvas.addEventListener("keydown", (event) => {
    const by = { ArrowLeft: [0.1, 0], ArrowRight: [-0.1, 0], ArrowUp: [0, 0.1], ArrowDown: [0, -0.1] }[event.key];
    if (!by) return;
    event.preventDefault();
    turn += by[0];
    tilt = Math.min(Math.max(tilt + by[1], -1.4), 1.4);
    draw();
  });
  redraw(canvas, draw);
  return {
    anatomy(given) {
      place = given.positions;
      inhibitory = new Uint8Array(given.neurons);
      for (const k of given.inhibitory) inhibitory[k] = 1;
      light = new Float32Array(given.neurons);
      draw();
    },
    fire(neurons) { for (const k of neurons) light[k] = 1; },
    fade() { for (let k = 0; k < light.length; k++) light[k] *= FADE; },
    frame() {
      if (!calm.matches && !drag) turn += 0.0025;
      draw();
    },
    draw,
  };
}
