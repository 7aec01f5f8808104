// The liquid in three dimensions: a small projection of its own; what fires lights up and fades.
import { calm, color, pen, redraw } from "./canvas.js";

const FADE = 0.86, NEAR = 5;

export function column(canvas) {
  let place = [], inhibitory = [], light = new Float32Array(0), turn = 0.6, tilt = 0.42, drag = null;

  function draw() {
    const { context, width, height } = pen(canvas), size = 0.31 * Math.min(width, height);
    const c = Math.cos(turn), s = Math.sin(turn), ct = Math.cos(tilt), st = Math.sin(tilt);
    const seen = place.map(([x, y, z], k) => {
      const across = c * x + s * y, back = -s * x + c * y, up = ct * z - st * back, depth = st * z + ct * back;
      const near = NEAR / (NEAR + depth);
      return [width / 2 + size * across * near, height / 2 - size * up * near, near, k];
    });
    seen.sort((a, b) => a[2] - b[2]);
    const rest = color("rest"), fires = [color("excitatory"), color("inhibitory")];
    for (const [x, y, near, k] of seen) {
      const on = light[k], radius = near * (1.6 + 3.2 * on);
      context.globalAlpha = on > 0.04 ? 0.3 + 0.7 * on : 0.3 + 0.3 * near;
      context.fillStyle = on > 0.04 ? fires[inhibitory[k]] : rest;
      if (inhibitory[k]) context.fillRect(x - radius, y - radius, 2 * radius, 2 * radius);
      else {
        context.beginPath();
        context.arc(x, y, radius, 0, 6.2832);
        context.fill();
      }
    }
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
